using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>The journal of the queue as protobuf (queue.proto). The manifest is stored: never change it.</summary>
public sealed class QueueSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Batch = "b";

    /// <inheritdoc/>
    public override int Identifier => 7100;

    /// <inheritdoc/>
    public override string Manifest(object o) => o is QueueBatch ? Batch : throw new ArgumentException($"{o.GetType()} is not of the queue's journal", nameof(o));

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj is QueueBatch batch
        ? ToProto(batch).ToByteArray()
        : throw new ArgumentException($"{obj.GetType()} is not of the queue's journal", nameof(obj));

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest == Batch
        ? FromProto(Proto.QueueBatch.Parser.ParseFrom(bytes))
        : throw new ArgumentException($"unknown manifest \"{manifest}\"", nameof(manifest));

    private static Proto.QueueBatch ToProto(QueueBatch batch)
    {
        var proto = new Proto.QueueBatch { SpoolLsn = batch.SpoolLsn, Ledger = ToProto(batch.Ledger) };
        var results = new OrderedDictionary<DeliveryResult, ValueTuple>();
        proto.Enqueued.AddRange(batch.Enqueued.Select(message => ToProto(message, results)));
        proto.Changed.AddRange(batch.Changed.Select(change => ToProto(change, results)));
        proto.Removed.AddRange(batch.Removed.Select(id => id.Value));
        proto.Results.AddRange(results.Keys.Select(ToProto));
        return proto;
    }

    private static QueueBatch FromProto(Proto.QueueBatch proto)
    {
        var results = new DeliveryResult[proto.Results.Count];
        for (int i = 0; i < results.Length; i++) results[i] = FromProto(proto.Results[i]);
        return new(
            proto.SpoolLsn, [.. proto.Enqueued.Select(message => FromProto(message, results))],
            [.. proto.Changed.Select(change => FromProto(change, results))], [.. proto.Removed.Select(id => new MessageId(id))], FromProto(proto.Ledger));
    }

    private static Proto.Message ToProto(MessageSnapshot message, OrderedDictionary<DeliveryResult, ValueTuple> results) => new()
    {
        Envelope = UnsafeByteOperations.UnsafeWrap(message.Envelope),
        Body = ToProto(message.Location),
        State = ToProto(message.State, results),
        Priority = message.Priority,
    };

    private static MessageSnapshot FromProto(Proto.Message proto, DeliveryResult[] results) =>
        new(proto.Envelope.Memory, (sbyte)proto.Priority, FromProto(proto.Body), FromProto(proto.State, results));

    private static Proto.Change ToProto(MessageChange change, OrderedDictionary<DeliveryResult, ValueTuple> results)
    {
        var proto = new Proto.Change { Id = change.Id.Value, Held = change.Held, DelayNotified = change.DelayNotified };
        if (change.Location is { } location) proto.Body = ToProto(location);
        foreach (var r in change.Recipients)
            proto.Recipients.Add(new Proto.Recipient
            {
                Status = (uint)r.Status,
                Attempts = r.Attempts,
                DueMs = r.Due.ToUnixTimeMilliseconds(),
                Result = r.Last is { } last ? Number(last, results) : 0,
            });
        return proto;
    }

    private static uint Number(DeliveryResult result, OrderedDictionary<DeliveryResult, ValueTuple> results)
    {
        results.TryAdd(result, default, out int index);
        return (uint)index + 1;
    }

    private static MessageChange FromProto(Proto.Change proto, DeliveryResult[] results) => new(
        new(proto.Id), [.. proto.Recipients.Select(r => FromProto(r, results))], proto.Held, proto.DelayNotified,
        proto.Body is { } body ? FromProto(body) : null);

    private static RecipientState FromProto(Proto.Recipient proto, DeliveryResult[] results) => new()
    {
        Status = (RecipientStatus)proto.Status,
        Attempts = (ushort)proto.Attempts,
        Due = DateTimeOffset.FromUnixTimeMilliseconds(proto.DueMs),
        Last = proto.Result == 0 ? null : results[(int)proto.Result - 1],
    };

    private static Proto.Result ToProto(DeliveryResult result) => new()
    {
        ReplyCode = (uint)result.Reply.Code,
        EnhancedCode = result.Reply.Enhanced.IsNone ? "" : result.Reply.Enhanced.ToString(),
        ReplyText = result.Reply.Text,
        Host = result.Host,
    };

    private static DeliveryResult FromProto(Proto.Result proto)
    {
        var enhanced = EnhancedStatusCode.TryParse(proto.EnhancedCode, out var code, out _) ? code : default;
        var reply = new SmtpReply((int)proto.ReplyCode, enhanced, proto.ReplyText);
        return reply switch
        {
            { IsPositive: true } => new DeliveryResult.Delivered(reply, proto.Host),
            { IsPermanent: true } => new DeliveryResult.Failed(reply, proto.Host),
            _ => new DeliveryResult.Deferred(reply, proto.Host),
        };
    }

    private static Proto.BodyLocation ToProto(BodyLocation location) =>
        new() { Segment = location.Segment, Offset = location.Offset, Length = location.Length };

    private static BodyLocation FromProto(Proto.BodyLocation proto) => new(proto.Segment, proto.Offset, proto.Length);

    private static Proto.Ledger ToProto(Ledger ledger) => new()
    {
        Accepted = ledger.Accepted,
        Delivered = ledger.Delivered,
        Bounced = ledger.Bounced,
        Expired = ledger.Expired,
        Discarded = ledger.Discarded,
    };

    private static Ledger FromProto(Proto.Ledger proto) => new(proto.Accepted, proto.Delivered, proto.Bounced, proto.Expired, proto.Discarded);
}

using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>Journal and snapshots of the queue as protobuf (queue.proto). The manifests are stored: never change one.</summary>
public sealed class QueueSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Batch = "b", Snapshot = "s";

    /// <inheritdoc/>
    public override int Identifier => 7100;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        QueueBatch => Batch,
        QueueSnapshot => Snapshot,
        _ => throw new ArgumentException($"{o.GetType()} is not of the queue's journal", nameof(o)),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        QueueBatch batch => ToProto(batch).ToByteArray(),
        QueueSnapshot snapshot => ToProto(snapshot).ToByteArray(),
        _ => throw new ArgumentException($"{obj.GetType()} is not of the queue's journal", nameof(obj)),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        Batch => FromProto(Proto.QueueBatch.Parser.ParseFrom(bytes)),
        Snapshot => FromProto(Proto.QueueSnapshot.Parser.ParseFrom(bytes)),
        _ => throw new ArgumentException($"unknown manifest \"{manifest}\"", nameof(manifest)),
    };

    private static Proto.QueueBatch ToProto(QueueBatch batch)
    {
        var proto = new Proto.QueueBatch { SpoolLsn = batch.SpoolLsn, Ledger = ToProto(batch.Ledger) };
        proto.Enqueued.AddRange(batch.Enqueued.Select(ToProto));
        proto.Changed.AddRange(batch.Changed.Select(ToProto));
        proto.Removed.AddRange(batch.Removed.Select(id => id.Value));
        return proto;
    }

    private static QueueBatch FromProto(Proto.QueueBatch proto) => new(
        proto.SpoolLsn, [.. proto.Enqueued.Select(FromProto)], [.. proto.Changed.Select(FromProto)],
        [.. proto.Removed.Select(id => new MessageId(id))], FromProto(proto.Ledger));

    private static Proto.QueueSnapshot ToProto(QueueSnapshot snapshot)
    {
        var proto = new Proto.QueueSnapshot { SpoolLsn = snapshot.SpoolLsn, Ledger = ToProto(snapshot.Ledger) };
        proto.Messages.AddRange(snapshot.Messages.Select(ToProto));
        return proto;
    }

    private static QueueSnapshot FromProto(Proto.QueueSnapshot proto) =>
        new(proto.SpoolLsn, [.. proto.Messages.Select(FromProto)], FromProto(proto.Ledger));

    private static Proto.Message ToProto(MessageSnapshot message) => new()
    {
        Envelope = EnvelopeCodec.ToProto(message.Envelope),
        Body = ToProto(message.Location),
        State = ToProto(message.State),
    };

    private static MessageSnapshot FromProto(Proto.Message proto) =>
        new(EnvelopeCodec.FromProto(proto.Envelope), FromProto(proto.Body), FromProto(proto.State));

    private static Proto.Change ToProto(MessageChange change)
    {
        var proto = new Proto.Change { Id = change.Id.Value, Held = change.Held, DelayNotified = change.DelayNotified, Body = ToProto(change.Location) };
        foreach (var r in change.Recipients)
            proto.Recipients.Add(new Proto.Recipient
            {
                Status = (uint)r.Status,
                Attempts = r.Attempts,
                DueMs = r.Due.ToUnixTimeMilliseconds(),
                ReplyCode = (uint)(r.Last?.Reply.Code ?? 0),
                EnhancedCode = r.Last is { Reply.Enhanced.IsNone: false } coded ? coded.Reply.Enhanced.ToString() : "",
                ReplyText = r.Last?.Reply.Text ?? "",
                Host = r.Last?.Host ?? "",
            });
        return proto;
    }

    private static MessageChange FromProto(Proto.Change proto) => new(
        new(proto.Id), [.. proto.Recipients.Select(FromProto)], proto.Held, proto.DelayNotified, FromProto(proto.Body));

    private static RecipientState FromProto(Proto.Recipient proto) => new()
    {
        Status = (RecipientStatus)proto.Status,
        Attempts = (ushort)proto.Attempts,
        Due = DateTimeOffset.FromUnixTimeMilliseconds(proto.DueMs),
        Last = proto.ReplyCode == 0 ? null : Result(proto),
    };

    private static DeliveryResult Result(Proto.Recipient proto)
    {
        var enhanced = EnhancedStatusCode.TryParse(proto.EnhancedCode, out var code, out _) ? code : default;
        var reply = new SmtpReply((int)proto.ReplyCode, enhanced, proto.ReplyText);
        return (RecipientStatus)proto.Status switch
        {
            RecipientStatus.Delivered => new DeliveryResult.Delivered(reply, proto.Host),
            RecipientStatus.Failed => new DeliveryResult.Failed(reply, proto.Host),
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

using System.Buffers;
using System.Buffers.Binary;
using Akka.Actor;
using Google.Protobuf;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>A record on its way to the log. All that can be done before its place is known is done by the thread that makes it.</summary>
internal sealed class Append
{
    private readonly byte[] _head;
    private readonly int _headLength;

    private Append(RecordHeader header, byte[] head, BodyMemory? body)
    {
        (Header, _head, Body) = (header with { EnvelopeCrc = Crc32C.Of(head.AsSpan(RecordHeader.Length, header.EnvelopeLength)) }, head, body);
        _headLength = header.HasBody ? header.BodyOffset : (int)header.RecordLength;
        head.AsSpan(header.BodyOffset, _headLength - header.BodyOffset).Clear();
        if (header.HasBody) Seal(body!, (int)(header.RecordLength - header.BodyOffset));
    }

    public RecordHeader Header { get; private set; }

    public Envelope? Envelope { get; private init; }

    /// <summary>Who is told of the outcome; null where nobody waits.</summary>
    public IActorRef? Storer { get; private init; }

    /// <summary>The body in memory, held by this record; null where it has a file of its own.</summary>
    public BodyMemory? Body { get; }

    /// <summary>The body in a file of its own, while that is not durable.</summary>
    public LargeBody? Large { get; private init; }

    public SettlementBlock? Notes { get; private init; }

    /// <summary>Set when it got its place.</summary>
    public BodyLocation Location { get; private set; }

    public static Append Message(int queue, Envelope envelope, IActorRef storer, BodyMemory? body, LargeBody? large)
    {
        var proto = EnvelopeCodec.ToProto(envelope);
        int length = proto.CalculateSize();
        byte[] head = RentHead(length);
        proto.WriteTo(head.AsSpan(RecordHeader.Length, length));
        var header = new RecordHeader(
            RecordKind.Message, 0, 1, queue, envelope.Id.Value, length, 0, body?.Bytes.Length ?? large!.Length, large?.Number ?? 0);
        return new(header, head, body) { Envelope = envelope, Storer = storer, Large = large };
    }

    public static Append Moved(int queue, MessageId id, BodyMemory body) =>
        new(new(RecordKind.Moved, 0, 1, queue, id.Value, 0, 0, body.Bytes.Length, 0), RentHead(0), body);

    public static Append Outcome(SettlementBlock notes)
    {
        byte[] head = RentHead(notes.Bytes.Length);
        notes.Bytes.Span.CopyTo(head.AsSpan(RecordHeader.Length));
        return new(new(RecordKind.Outcome, 0, notes.Count, 0, 0, notes.Bytes.Length, 0, 0, 0), head, null) { Notes = notes };
    }

    /// <summary>Gives the record its place, and adds its octets to what is written.</summary>
    public void Place(long lsn, Segment segment, long offset, List<ReadOnlyMemory<byte>> buffers)
    {
        Header = Header with { Lsn = lsn };
        Header.Write(_head, segment.Salt);
        Location = Header.HasBody
            ? new(segment.Number, offset + Header.BodyOffset, Header.BodyLength)
            : new(Header.LargeBody, -1, Header.BodyLength);
        buffers.Add(_head.AsMemory(0, _headLength));
        if (Header.HasBody) buffers.Add(Body!.Buffer.AsMemory(0, (int)(Header.RecordLength - Header.BodyOffset)));
    }

    /// <summary>Returns the record's own buffer; the body has its own holders.</summary>
    public void Recycle() => ArrayPool<byte>.Shared.Return(_head);

    private static byte[] RentHead(int envelopeLength) => ArrayPool<byte>.Shared.Rent((int)RecordHeader.Align(RecordHeader.Length + envelopeLength));

    private static void Seal(BodyMemory body, int length)
    {
        var tail = body.Buffer.AsSpan(body.Bytes.Length..length);
        tail.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Crc32C.Of(body.Bytes.Span));
    }
}

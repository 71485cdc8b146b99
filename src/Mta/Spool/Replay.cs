using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>
/// Tells a partition what the log holds for it behind a sequence number. It reads beside the writer's thread until it has nearly reached the
/// end; the last step is done on that thread, so that nothing falls between the replay and what is told live.
/// </summary>
internal sealed class Replay(
    int queue, IActorRef actor, LiveBodies live, long afterLsn, SegmentStore segments, BodyStore bodies, SpoolCounters counters, ILogger log)
{
    /// <summary>So few records in one step are near enough.</summary>
    private const int Near = 256;

    private volatile bool _cancelled;
    private long _segment, _offset = SegmentHeader.BlockLength;

    public int Queue => queue;

    public IActorRef Actor => actor;

    public void Cancel() => _cancelled = true;

    /// <summary>Follows the log until it is near its end.</summary>
    public void Follow()
    {
        while (Advance() > Near)
        {
        }
    }

    /// <summary>Tells what is durable and was not told yet; returns how many records of this partition that were.</summary>
    public int Advance()
    {
        int told = 0;
        foreach (var segment in segments.Ordered)
        {
            if (segment.Number < _segment) continue;
            if (segment.Number > _segment) (_segment, _offset) = (segment.Number, SegmentHeader.BlockLength);
            if (segment.LastLsn(queue) <= afterLsn) continue;
            using var reader = new SegmentReader(segment, _offset, segment.End, segments.Voids);
            while (!_cancelled && reader.Read())
            {
                _offset = reader.Next;
                told += Tell(reader, segment.Number);
            }
        }
        return _cancelled ? 0 : told;
    }

    private int Tell(SegmentReader reader, long segment)
    {
        var header = reader.Header;
        bool concernsUs = header.LastLsn > afterLsn && (header.Queue == queue || header.Kind == RecordKind.Outcome);
        if (!concernsUs) return 0;
        if (!reader.TryGetEnvelope(out var envelope)) return Damaged(header, "is damaged");
        switch (header.Kind)
        {
            case RecordKind.Outcome:
                return TellNotes(header.Lsn, envelope);
            case RecordKind.Moved:
                Tell(new SpoolProtocol.Moved(header.Lsn, new(header.MessageId), Body(reader, segment)));
                return 1;
            default:
                try
                {
                    var message = EnvelopeCodec.Decode(envelope);
                    Tell(new SpoolProtocol.Stored(header.Lsn, message, Body(reader, segment)));
                    return 1;
                }
                catch (InvalidDataException e)
                {
                    return Damaged(header, e.Message);
                }
        }
    }

    private int TellNotes(long lsn, ReadOnlySpan<byte> notes)
    {
        int told = 0;
        var note = new SettlementReader(notes);
        for (; note.Read(); lsn++)
        {
            if (note.Queue != queue || lsn <= afterLsn) continue;
            Tell(new SpoolProtocol.Settled(lsn, note.Id, note.Recipients(), note.Settlement));
            told++;
        }
        return told;
    }

    private StoredBody Body(SegmentReader reader, long segment)
    {
        var header = reader.Header;
        BodyLocation location = header.HasBody
            ? new(segment, reader.Offset + header.BodyOffset, header.BodyLength)
            : new(header.LargeBody, -1, header.BodyLength);
        if (!header.HasBody) bodies.Large.Claim(header.LargeBody);
        return new(bodies, location, live.Add(location), null);
    }

    private int Damaged(RecordHeader header, string what)
    {
        counters.Corrupt();
        log.LogError("message {Id}: its envelope in the spool at {Lsn} {What}; it is lost", new MessageId(header.MessageId), header.Lsn, what);
        return 0;
    }

    private void Tell(SpoolProtocol.IRecord record) => actor.Tell(record, ActorRefs.NoSender);
}

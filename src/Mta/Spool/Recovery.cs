using Microsoft.Extensions.Logging;

namespace Mta.Spool;

/// <summary>Finds out at the start what the log holds. It reads the head of every record, and all of the last segment's.</summary>
internal sealed class Recovery(SegmentStore segments, SpoolCounters counters, ILogger log)
{
    /// <summary>The lowest sequence number that was not used before.</summary>
    public long NextLsn { get; private set; } = 1;

    /// <summary>The lowest number of a large body that was not used before.</summary>
    public long LargeFloor { get; private set; } = 1;

    public void Run()
    {
        foreach (var header in segments.Ordered.Select(segment => segment.Header))
        {
            NextLsn = Math.Max(NextLsn, header.FirstLsn);
            LargeFloor = Math.Max(LargeFloor, header.LargeFloor);
        }
        for (int i = 0; i < segments.Ordered.Count; i++) Scan(segments.Ordered[i], isLast: i == segments.Ordered.Count - 1);
    }

    private void Scan(Segment segment, bool isLast)
    {
        using var reader = new SegmentReader(segment, SegmentHeader.BlockLength, segment.Length, segments.Voids);
        var damaged = new List<VoidRange>();
        int bad = 0, badLater = 0;
        while (reader.Read())
        {
            // only the last commit can be torn, and it is in the last segment: elsewhere a damaged body shows when it is opened
            if (isLast && !(reader.TryGetEnvelope(out _) && reader.VerifyBody()))
            {
                Extend(damaged, new(segment.Number, reader.Offset, reader.Next));
                badLater++;
                continue;
            }
            (bad, badLater) = (bad + badLater, 0);
            segment.End = reader.Next;
            Note(segment, reader);
        }
        Report(segment, bad + reader.Gaps);
        // what follows the last good record was not acknowledged: if it looks like a record, it must not be one when it is no longer last
        damaged.RemoveAll(range => range.From >= segment.End);
        if (badLater > 0) damaged.Add(new(segment.Number, segment.End, long.MaxValue));
        Forget(damaged);
        if (isLast) MakeDurable(segment);
    }

    /// <summary>
    /// After a crash of the process alone, what was read may be in the cache only, and what is told now must not be gone later. A sync is not
    /// enough: after one that failed, the kernel takes the pages for clean. So the last commit is written again, as it was read.
    /// </summary>
    private static void MakeDurable(Segment segment)
    {
        byte[] part = new byte[256 * 1024];
        for (long at = Math.Max(SegmentHeader.BlockLength, segment.End - SpoolWriter.MaxCommit); at < segment.End; at += part.Length)
        {
            int length = TryRead(segment, at, part.AsSpan(0, (int)Math.Min(part.Length, segment.End - at)));
            segment.File.Write(at, [part.AsMemory(0, length)]);
        }
        segment.File.Sync();
    }

    /// <summary>What cannot be read was counted as damage, and cannot be written again.</summary>
    private static int TryRead(Segment segment, long at, Span<byte> part)
    {
        try
        {
            return segment.File.Read(at, part);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private void Note(Segment segment, SegmentReader reader)
    {
        var header = reader.Header;
        NextLsn = Math.Max(NextLsn, header.LastLsn + 1);
        LargeFloor = Math.Max(LargeFloor, header.LargeBody + 1);
        if (header.Kind != RecordKind.Outcome) segment.Covers(header.Queue, header.LastLsn);
        else if (reader.TryGetEnvelope(out var notes))
        {
            var note = new SettlementReader(notes);
            for (long lsn = header.Lsn; note.Read(); lsn++) segment.Covers(note.Queue, lsn);
        }
    }

    private void Forget(List<VoidRange> damaged)
    {
        int room = SegmentHeader.MaxVoids - segments.Voids.Count;
        if (damaged.Count > room && room > 0)
        {
            // a commit so torn was never acknowledged: rather leave out what is whole in it than forget what is not
            damaged[room - 1] = damaged[room - 1] with { To = long.MaxValue };
            damaged.RemoveRange(room, damaged.Count - room);
        }
        foreach (var range in damaged) segments.AddVoid(range);
    }

    private void Report(Segment segment, int count)
    {
        for (int i = 0; i < count; i++) counters.Corrupt();
        if (count > 0) log.LogError("segment {Number} is damaged in {Count} places; what lies there is lost", segment.Number, count);
    }

    private static void Extend(List<VoidRange> ranges, VoidRange next)
    {
        if (ranges.Count > 0 && ranges[^1].To == next.From) ranges[^1] = ranges[^1] with { To = next.To };
        else ranges.Add(next);
    }
}

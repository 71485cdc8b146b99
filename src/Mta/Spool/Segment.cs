namespace Mta.Spool;

/// <summary>One file of the log. Grows on the writer's thread alone; anybody may read below <see cref="End"/>.</summary>
internal sealed class Segment(SegmentHeader header, ISpoolFile file, int queues)
{
    private readonly long[] _lastLsn = new long[queues];
    private long _end = SegmentHeader.BlockLength;

    public SegmentHeader Header => header;
    public long Number => header.Number;
    public long Salt => header.Salt;
    public ISpoolFile File => file;

    /// <summary>The file's length, which is allocated before its first record.</summary>
    public long Length { get; } = file.Length;

    /// <summary>Where the durable records end.</summary>
    public long End { get => Volatile.Read(ref _end); set => Volatile.Write(ref _end, value); }

    /// <summary>When the partitions were asked to move their bodies out of it, as a timestamp of the clock; null for never.</summary>
    public long? EvacuationAsked { get; set; }

    /// <summary>The last sequence number that concerns a partition; 0 for none.</summary>
    public long LastLsn(int queue) => Volatile.Read(ref _lastLsn[queue]);

    public void Covers(int queue, long lsn) => Volatile.Write(ref _lastLsn[queue], lsn);
}

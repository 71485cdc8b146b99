namespace Mta.Spool;

/// <summary>What <see cref="SpoolStatus"/> shows; written by the writer's thread except where a method is atomic.</summary>
internal sealed class SpoolCounters
{
    private long _messages, _bytes, _commits, _syncs, _syncFailures, _corrupt, _free = long.MaxValue;

    public long Messages => Volatile.Read(ref _messages);
    public long Bytes => Volatile.Read(ref _bytes);
    public long Commits => Volatile.Read(ref _commits);
    public long Syncs => Volatile.Read(ref _syncs);
    public long SyncFailures => Volatile.Read(ref _syncFailures);
    public long CorruptRecords => Volatile.Read(ref _corrupt);
    public long Free { get => Volatile.Read(ref _free); set => Volatile.Write(ref _free, value); }

    public void Stored(long bytes)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Committed() => Interlocked.Increment(ref _commits);

    public void Synced() => Interlocked.Increment(ref _syncs);

    public void SyncFailed() => Interlocked.Increment(ref _syncFailures);

    public void Corrupt() => Interlocked.Increment(ref _corrupt);
}

using System.Collections.Concurrent;

namespace Mta.Spool;

/// <summary>
/// The bodies that one incarnation of a partition holds, counted by segment. When the partition attaches again it has a new set, and what
/// becomes of the handles of the old one no longer counts.
/// </summary>
internal sealed class LiveBodies
{
    /// <summary>Stands for all bodies in files of their own.</summary>
    private const long OwnFile = -1;

    private readonly ConcurrentDictionary<long, LiveCount> _segments = new();
    private readonly Lock _gate = new();
    private StoredBody? _inMemory;
    private volatile bool _discarded;
    private long _total;

    public long Total => Volatile.Read(ref _total);

    public LiveCount Add(BodyLocation location)
    {
        var count = Find(location);
        count.Add(location.Length);
        Interlocked.Increment(ref _total);
        return count;
    }

    /// <summary>Where a body is counted.</summary>
    public LiveCount Find(BodyLocation location) =>
        _segments.GetOrAdd(location.Offset < 0 ? OwnFile : location.Segment, static (_, bodies) => new LiveCount(bodies), this);

    /// <summary>How many bodies in a segment, and how many octets.</summary>
    public (long Bodies, long Bytes) In(long segment) => _segments.TryGetValue(segment, out var count) ? (count.Bodies, count.Bytes) : default;

    public void Forget(long segment) => _segments.TryRemove(segment, out _);

    /// <summary>The incarnation has ended: lets go of the memory that its handles still held.</summary>
    public void Discard()
    {
        _discarded = true;
        while (FirstInMemory() is { } body) body.DropMemory();
    }

    /// <summary>Remembers a body that has a copy in memory, until <see cref="MemoryDropped"/>.</summary>
    public void HasMemory(StoredBody body)
    {
        lock (_gate)
        {
            body.NextInMemory = _inMemory;
            if (_inMemory is not null) _inMemory.PreviousInMemory = body;
            _inMemory = body;
        }
    }

    public void MemoryDropped(StoredBody body)
    {
        lock (_gate)
        {
            if (body.PreviousInMemory is { } previous) previous.NextInMemory = body.NextInMemory;
            else if (_inMemory == body) _inMemory = body.NextInMemory;
            if (body.NextInMemory is { } next) next.PreviousInMemory = body.PreviousInMemory;
            body.NextInMemory = body.PreviousInMemory = null;
        }
    }

    private StoredBody? FirstInMemory()
    {
        lock (_gate) return _inMemory;
    }

    internal sealed class LiveCount(LiveBodies owner)
    {
        private long _bodies, _bytes;

        public LiveBodies Owner => owner;

        public long Bodies => Volatile.Read(ref _bodies);

        public long Bytes => Volatile.Read(ref _bytes);

        public void Add(long length)
        {
            Interlocked.Add(ref _bytes, length);
            Interlocked.Increment(ref _bodies);
        }

        /// <summary>False where the body was an earlier incarnation's.</summary>
        public bool Remove(long length)
        {
            Interlocked.Add(ref _bytes, -length);
            Interlocked.Decrement(ref _bodies);
            Interlocked.Decrement(ref owner._total);
            return !owner._discarded;
        }
    }
}

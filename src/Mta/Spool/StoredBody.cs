namespace Mta.Spool;

/// <summary>
/// A body that is on stable storage, and perhaps still in memory. Shared by everyone who handles its message; the partition that owns the
/// message releases it once.
/// </summary>
public sealed class StoredBody
{
    private readonly BodyStore _bodies;
    private readonly LiveBodies? _owner;
    private BodyMemory? _memory;
    private LiveBodies.LiveCount? _live;

    /// <param name="live">Where it is counted; null for a handle that no partition owns.</param>
    /// <param name="memory">The copy in memory, of which this is a holder from now on.</param>
    internal StoredBody(BodyStore bodies, BodyLocation location, LiveBodies.LiveCount? live, BodyMemory? memory)
    {
        (_bodies, Location, _live, _owner, _memory) = (bodies, location, live, live?.Owner, memory);
        if (memory is not null) _owner?.HasMemory(this);
    }

    /// <summary>Where it lies; what the queue's journal keeps.</summary>
    public BodyLocation Location { get; }

    internal StoredBody? NextInMemory { get; set; }

    internal StoredBody? PreviousInMemory { get; set; }

    /// <summary>Octets.</summary>
    public long Length => Location.Length;

    /// <summary>
    /// Opens it for reading, from memory where it still is there. Any number may be open at once; an open lease stays readable after
    /// <see cref="Release"/> and <see cref="DropMemory"/>. Throws <see cref="IOException"/> when the disk cannot give it back intact.
    /// </summary>
    public BodyLease Open() => Volatile.Read(ref _memory) is { } memory && memory.TryHold() ? new(memory, Length) : _bodies.Read(Location);

    /// <summary>The message will not be tried soon: let go of the copy in memory.</summary>
    public void DropMemory()
    {
        if (Interlocked.Exchange(ref _memory, null) is not { } memory) return;
        _owner?.MemoryDropped(this);
        memory.Release();
    }

    /// <summary>
    /// The message has left the queue: its space can be reclaimed. Once, by the partition, after it has settled the recipients.
    /// </summary>
    public void Release()
    {
        DropMemory();
        if (Interlocked.Exchange(ref _live, null) is { } live && live.Remove(Length) && Location.Offset < 0) _bodies.Large.Release(Location.Segment);
    }
}

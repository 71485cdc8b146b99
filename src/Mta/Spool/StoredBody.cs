namespace Mta.Spool;

/// <summary>
/// A body that is on stable storage, and perhaps still in memory. Shared by everyone who handles its message; the partition that owns the
/// message releases it once.
/// </summary>
public sealed class StoredBody
{
    /// <summary>Where it lies; what the queue's journal keeps.</summary>
    public BodyLocation Location => throw new NotSupportedException();

    /// <summary>Octets.</summary>
    public long Length => Location.Length;

    /// <summary>
    /// Opens it for reading, from memory where it still is there. Any number may be open at once; an open lease stays readable after
    /// <see cref="Release"/> and <see cref="DropMemory"/>. Throws <see cref="IOException"/> when the disk cannot give it back intact.
    /// </summary>
    public BodyLease Open() => throw new NotSupportedException();

    /// <summary>The message will not be tried soon: let go of the copy in memory.</summary>
    public void DropMemory() => throw new NotSupportedException();

    /// <summary>The message has left the queue: its space can be reclaimed. Once, by the partition.</summary>
    public void Release() => throw new NotSupportedException();
}

/// <summary>A body that is open for reading. Disposed exactly once, by whoever opened it.</summary>
public sealed class BodyLease : IDisposable
{
    public long Length => throw new NotSupportedException();

    /// <summary>The whole body where it is in memory; valid until the lease is disposed.</summary>
    public bool TryGetMemory(out ReadOnlyMemory<byte> bytes) => throw new NotSupportedException();

    /// <summary>Reads into <paramref name="buffer"/> from <paramref name="offset"/>; 0 at the end. May block on the disk.</summary>
    public int Read(long offset, Span<byte> buffer) => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}

namespace Mta.Spool;

/// <summary>A body that is open for reading, by one thread at a time. Disposed exactly once, by whoever opened it.</summary>
public sealed class BodyLease : IDisposable
{
    private readonly BodyMemory? _memory;
    private readonly ISpoolFile? _file;
    private readonly SpoolCounters? _counters;
    private readonly uint _expectedCrc;
    private uint _crc = Crc32C.Start;
    private long _checked;

    internal BodyLease(BodyMemory memory, long length) => (_memory, Length) = (memory, length);

    internal BodyLease(ISpoolFile file, long length, uint crc, SpoolCounters counters) =>
        (_file, Length, _expectedCrc, _counters) = (file, length, crc, counters);

    public long Length { get; }

    /// <summary>The whole body where it is in memory; valid until the lease is disposed.</summary>
    public bool TryGetMemory(out ReadOnlyMemory<byte> bytes)
    {
        bytes = _memory?.Bytes ?? default;
        return _memory is not null;
    }

    /// <summary>
    /// Reads into <paramref name="buffer"/> from <paramref name="offset"/>; 0 at the end. May block on the disk. A body of which not all is in
    /// memory is verified while it is read from start to end: where it is damaged, the last part is not given out but
    /// <see cref="IOException"/> thrown.
    /// </summary>
    public int Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int length = (int)Math.Min(buffer.Length, Math.Max(0, Length - offset));
        if (length == 0) return 0;
        if (_memory is not null)
        {
            _memory.Bytes.Span.Slice((int)offset, length).CopyTo(buffer);
            return length;
        }
        int read = _file!.Read(offset, buffer[..length]);
        if (read < length) throw Damaged();
        Verify(offset, buffer[..length]);
        return length;
    }

    public void Dispose()
    {
        _memory?.Release();
        _file?.Dispose();
    }

    private void Verify(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset > _checked || offset + bytes.Length <= _checked) return;
        bytes = bytes[(int)(_checked - offset)..];
        _crc = Crc32C.Append(_crc, bytes);
        _checked += bytes.Length;
        if (_checked == Length && ~_crc != _expectedCrc) throw Damaged();
    }

    private IOException Damaged()
    {
        _counters!.Corrupt();
        return new("the body is damaged");
    }
}

using System.Buffers;
using System.Buffers.Binary;

namespace Mta.Spool;

/// <summary>
/// Goes through the records of a segment in order. Where something is not a record, it goes on at the next place that is one.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    private const int WindowLength = 256 * 1024, SectorLength = 4096;
    private readonly Segment _segment;
    private readonly long _to;
    private readonly IReadOnlyList<VoidRange> _voids;
    private readonly byte[] _salt = new byte[sizeof(long)];
    private byte[] _window = ArrayPool<byte>.Shared.Rent(WindowLength);
    private long _windowStart;
    private int _windowLength;

    /// <param name="from">The start of a record, or of what may be one.</param>
    /// <param name="to">No record reaches beyond this.</param>
    public SegmentReader(Segment segment, long from, long to, IReadOnlyList<VoidRange> voids)
    {
        (_segment, Next, _to, _voids) = (segment, from, to, voids);
        BinaryPrimitives.WriteInt64LittleEndian(_salt, segment.Salt);
    }

    public RecordHeader Header { get; private set; }

    /// <summary>Where the record starts.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next one is expected.</summary>
    public long Next { get; private set; }

    /// <summary>How often something else than a record lay between two.</summary>
    public int Gaps { get; private set; }

    /// <summary>Goes to the next record whose header is intact; false at the end.</summary>
    public bool Read()
    {
        long expected = Next;
        while (SkipVoid() && !ReadAt(Next))
        {
            if (FindSalt(Next + 1) is not { } found) return false;
            Next = found;
        }
        if (Next >= _to) return false;
        if (Offset != SkipVoid(expected)) Gaps++;
        Next = Offset + Header.RecordLength;
        return true;
    }

    /// <summary>The envelope, or the notes of an outcome; false where they are damaged. Valid until the next call of anything.</summary>
    public bool TryGetEnvelope(out ReadOnlySpan<byte> envelope)
    {
        envelope = Peek(Offset + RecordHeader.Length, Header.EnvelopeLength);
        return envelope.Length == Header.EnvelopeLength && Crc32C.Of(envelope) == Header.EnvelopeCrc;
    }

    /// <summary>Whether the body, if the record has one, is what was written.</summary>
    public bool VerifyBody()
    {
        if (!Header.HasBody) return true;
        uint crc = Crc32C.Start;
        long at = Offset + Header.BodyOffset, end = at + Header.BodyLength;
        while (at < end)
        {
            var part = Peek(at, (int)Math.Min(WindowLength, end - at));
            if (part.IsEmpty) return false;
            crc = Crc32C.Append(crc, part);
            at += part.Length;
        }
        var trailer = Peek(end, RecordHeader.TrailerLength);
        return trailer.Length == RecordHeader.TrailerLength && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == ~crc;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }

    private bool ReadAt(long offset)
    {
        if (!RecordHeader.TryRead(Peek(offset, RecordHeader.Length), _segment.Salt, out var header)
            || (header.HasBody && header.BodyLength > _to) || offset + header.RecordLength > _to) return false;
        (Header, Offset) = (header, offset);
        return true;
    }

    private bool SkipVoid() => (Next = SkipVoid(Next)) < _to;

    private long SkipVoid(long at)
    {
        foreach (var range in _voids)
            if (range.Segment == _segment.Number && at >= range.From && at < range.To) at = range.To;
        return at;
    }

    /// <summary>The next place whose salt is that of this segment's records.</summary>
    private long? FindSalt(long from)
    {
        long at = RecordHeader.Align(from) + RecordHeader.SaltOffset;
        while (at < _to)
        {
            var window = Peek(at, (int)Math.Min(WindowLength, _to - at));
            if (window.Length < _salt.Length) return null;
            int index = window.IndexOf(_salt);
            if (index < 0) at += window.Length - _salt.Length + 1;
            else if ((at + index) % 8 == 0) return at + index - RecordHeader.SaltOffset;
            else at += index + 1;
        }
        return null;
    }

    private ReadOnlySpan<byte> Peek(long offset, int length)
    {
        length = (int)Math.Min(length, Math.Max(0, _to - offset));
        if (offset < _windowStart || offset + length > _windowStart + _windowLength) Fill(offset, length);
        int start = (int)(offset - _windowStart);
        return _window.AsSpan(start, Math.Min(length, _windowLength - start));
    }

    private void Fill(long offset, int length)
    {
        if (length > _window.Length)
        {
            ArrayPool<byte>.Shared.Return(_window);
            _window = ArrayPool<byte>.Shared.Rent(length);
        }
        var window = _window.AsSpan(0, (int)Math.Min(_window.Length, _to - offset));
        _windowStart = offset;
        try
        {
            _windowLength = _segment.File.Read(offset, window);
        }
        catch (IOException)
        {
            // a place that cannot be read costs what lies there, not the whole segment
            _windowLength = window.Length;
            for (int at = 0; at < window.Length; at += SectorLength) ReadSector(offset + at, window[at..Math.Min(at + SectorLength, window.Length)]);
        }
    }

    private void ReadSector(long offset, Span<byte> sector)
    {
        sector.Clear();
        try
        {
            _segment.File.Read(offset, sector);
        }
        catch (IOException)
        {
            sector.Clear();
        }
    }
}

using System.Buffers;

namespace Mta.Protocol.Text;

/// <summary>What came of <see cref="LineReader.Take"/>.</summary>
public enum LineStatus : byte
{
    /// <summary>All was taken, and the line goes on.</summary>
    Incomplete,

    /// <summary>Here is a line.</summary>
    Complete,

    /// <summary>The line is longer than it may be; nothing was taken.</summary>
    TooLong,
}

/// <summary>Puts lines together from what arrives in pieces. Holds a buffer only while a line is incomplete.</summary>
/// <param name="usual">Octets to have room for at first; for a longer line more is made.</param>
/// <param name="isSecret">A password may be in a line: its octets are wiped.</param>
public struct LineReader(int usual, bool isSecret)
{
    private byte[]? _line;
    private int _length;

    /// <summary>Octets of the line so far.</summary>
    public readonly ReadOnlySpan<byte> Pending => _line.AsSpan(0, _length);

    /// <summary>Takes the input up to the end of its first line.</summary>
    /// <param name="limit">Octets that the line may have, its end included.</param>
    /// <param name="line">Where it is complete: with its end, and valid until the next call or <see cref="Release"/>, which must come before the next line.</param>
    public LineStatus Take(ReadOnlySpan<byte> input, int limit, out ReadOnlySpan<byte> line, out int consumed)
    {
        line = default;
        consumed = 0;
        int lf = input.IndexOf((byte)'\n');
        int length = lf < 0 ? input.Length : lf + 1;
        if (_length + length > limit) return LineStatus.TooLong;
        consumed = length;
        if (lf >= 0 && _length == 0)
        {
            line = input[..length];
            return LineStatus.Complete;
        }
        Reserve(_length + length, limit);
        input[..length].CopyTo(_line.AsSpan(_length));
        _length += length;
        if (lf < 0) return LineStatus.Incomplete;
        line = _line.AsSpan(0, _length);
        return LineStatus.Complete;
    }

    /// <summary>Whether the line that <paramref name="input"/> goes on with begins so, whatever its case.</summary>
    /// <param name="prefix">US-ASCII, at most 16 octets.</param>
    public readonly bool BeginsWith(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> input)
    {
        Span<byte> start = stackalloc byte[16];
        start = start[..prefix.Length];
        var pending = Pending;
        int kept = Math.Min(start.Length, pending.Length);
        pending[..kept].CopyTo(start);
        input[..Math.Min(input.Length, start.Length - kept)].CopyTo(start[kept..]);
        return System.Text.Ascii.EqualsIgnoreCase(start, prefix);
    }

    /// <summary>Gives the buffer back: the line was dealt with, or is given up.</summary>
    public void Release()
    {
        if (_line is not null) ArrayPool<byte>.Shared.Return(_line, clearArray: isSecret);
        _line = null;
        _length = 0;
    }

    private void Reserve(int length, int limit)
    {
        _line ??= ArrayPool<byte>.Shared.Rent(usual);
        if (length <= _line.Length) return;
        byte[] longer = ArrayPool<byte>.Shared.Rent(limit);
        _line.AsSpan(0, _length).CopyTo(longer);
        ArrayPool<byte>.Shared.Return(_line, clearArray: isSecret);
        _line = longer;
    }
}

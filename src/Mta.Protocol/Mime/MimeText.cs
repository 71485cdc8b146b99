using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Mime;

/// <summary>
/// Octets out of a header, unfolded and otherwise as they were sent, or nothing: IMAP's NIL, which is not the empty string. A slice of a buffer that it keeps
/// alive.
/// </summary>
public readonly struct MimeText : IEquatable<MimeText>
{
    private readonly byte[]? _buffer;
    private readonly int _start;
    private readonly int _length;

    public MimeText(byte[] buffer, int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)buffer.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(buffer.Length - start));
        (_buffer, _start, _length) = (buffer, start, length);
    }

    public MimeText(byte[] octets) : this(octets, 0, octets.Length) { }

    /// <summary>No value at all.</summary>
    public static MimeText Nil => default;

    public bool IsNil => _buffer is null;

    public int Length => _length;

    public ReadOnlySpan<byte> Octets => _buffer.AsSpan(_start, _length);

    /// <summary>The text's octets are UTF-8.</summary>
    public static MimeText Of(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>Without regard to the case of US-ASCII letters; false for nothing.</summary>
    public bool Is(ReadOnlySpan<byte> ascii) => _buffer is not null && Ascii.EqualsIgnoreCase(Octets, ascii);

    /// <summary>As UTF-8 where it is that, and otherwise as ISO 8859-1; empty for nothing. Encoded words stay as they are (<see cref="EncodedWords"/> reads them).</summary>
    public override string ToString() => Utf8.IsValid(Octets) ? Encoding.UTF8.GetString(Octets) : Encoding.Latin1.GetString(Octets);

    public bool Equals(MimeText other) => IsNil == other.IsNil && Octets.SequenceEqual(other.Octets);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MimeText other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Octets);
        return hash.ToHashCode();
    }

    public static bool operator ==(MimeText left, MimeText right) => left.Equals(right);

    public static bool operator !=(MimeText left, MimeText right) => !left.Equals(right);
}

using System.Globalization;
using System.Text;

namespace Mta.Protocol.Text;

/// <summary>Puts text together in a span that the caller knows to be large enough; what does not fit throws.</summary>
public ref struct SpanWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    /// <summary>Octets written.</summary>
    public int Length { get; private set; }

    public void Write(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_target[Length..]);
        Length += bytes.Length;
    }

    public void WriteByte(byte value) => _target[Length++] = value;

    /// <summary>Text as UTF-8.</summary>
    public void Write(scoped ReadOnlySpan<char> text) => Length += Encoding.UTF8.GetBytes(text, _target[Length..]);

    /// <summary>A number or another value in its invariant form.</summary>
    public void Write<T>(T value, string? format = null) where T : IUtf8SpanFormattable
    {
        if (!value.TryFormat(_target[Length..], out int written, format, CultureInfo.InvariantCulture))
            throw new ArgumentException("the text does not fit", nameof(value));
        Length += written;
    }
}

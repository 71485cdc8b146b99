using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>
/// Goes through the fields of a header section, up to the empty line. Lines end with LF or CRLF; a line that is no field, such as mbox's "From ", is passed over
/// with its continuations.
/// </summary>
internal ref struct HeaderFields(ReadOnlySpan<byte> header)
{
    private ReadOnlySpan<byte> _rest = header;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>All that follows the colon, with folds and the last line end.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        while (!_rest.IsEmpty && _rest[0] is not (byte)'\n' && !_rest.StartsWith("\r\n"u8))
        {
            int end = 0;
            do
            {
                int line = _rest[end..].IndexOf((byte)'\n');
                end = line < 0 ? _rest.Length : end + line + 1;
            }
            while (end < _rest.Length && _rest[end] is (byte)' ' or (byte)'\t'); // RFC 5322 §2.2.3: folded
            var field = _rest[..end];
            _rest = _rest[end..];
            int colon = field.IndexOf((byte)':');
            if (colon <= 0) continue;
            // RFC 5322 §4.5: white space before the colon is obsolete
            var name = field[..colon].TrimEnd(" \t"u8);
            if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)33, (byte)126)) continue;
            Name = name;
            Value = field[(colon + 1)..];
            return true;
        }
        return false;
    }

    public readonly bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);
}

using System.Globalization;

namespace Mta.Protocol.Imap.Reading;

/// <summary>The announcement of a literal at the end of a line: <c>{n}</c>, or <c>{n+}</c> for one that comes without waiting (RFC 7888 §4).</summary>
/// <param name="Size">Octets; -1 for more than 63 bits.</param>
/// <param name="Length">Its own length in octets, CRLF included, "~" not.</param>
internal readonly record struct ImapLiteralHeader(long Size, bool IsSynchronizing, int Length)
{
    public bool IsValid => Size >= 0;

    /// <summary>False where the line (with its CRLF) does not end in one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ImapLiteralHeader header)
    {
        header = default;
        if (!line.EndsWith("}\r\n"u8)) return false;
        int brace = line.LastIndexOf((byte)'{');
        if (brace < 0) return false;
        var digits = line[(brace + 1)..^3];
        bool isSynchronizing = !digits.EndsWith("+"u8);
        if (!isSynchronizing) digits = digits[..^1];
        if (digits.IsEmpty || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long size)) size = -1;
        header = new(size, isSynchronizing, line.Length - brace);
        return true;
    }
}

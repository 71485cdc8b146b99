using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mta.Protocol.Addresses;

/// <summary>Domain names and address literals as they stand in mail addresses (RFC 5321 §4.1.2 and §4.1.3).</summary>
public static class DomainName
{
    /// <summary>Octets of the longest domain name (RFC 5321 §4.5.3.1.2).</summary>
    public const int MaxLength = 255;

    private const int MaxLabel = 63;
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>
    /// Brings text to Unicode's normalization form C, which a U-label must have (RFC 5890 §2.3.2.1). Without ICU, <see cref="string.Normalize()"/> gives back what
    /// it was given: then whoever has a library that can sets this, before the first domain is read. For well-formed text alone.
    /// </summary>
    public static Func<string, string> ToNfc { get; set; } = static text => text.Normalize();

    /// <summary>
    /// The form in which a domain is compared and looked up: lower case, A-labels, an address literal in its canonical spelling.
    /// Null for what is neither a domain name nor an address literal.
    /// </summary>
    public static string? Normalize(string domain)
    {
        if (domain.StartsWith('[')) return NormalizeLiteral(domain);
        if (!Ascii.IsValid(domain))
        {
            if (!IsLetters(domain)) return null;
            try
            {
                // RFC 5895 §2: lower case, then NFC, so that "é" is one name however it was typed
                domain = Idn.GetAscii(ToNfc(domain.ToLowerInvariant()));
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
        return IsValidName(domain) ? domain.ToLowerInvariant() : null;
    }

    /// <summary>
    /// What IDNA lets into a U-label, near enough (RFC 5892 §2): letters, marks and digits. No joiners, other dots or symbols, and no mark before all
    /// letters (RFC 5891 §4.2.3.2).
    /// </summary>
    private static bool IsLetters(string domain)
    {
        bool isFirst = true;
        foreach (var rune in domain.EnumerateRunes())
        {
            bool isMark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (isMark ? isFirst : !Rune.IsLetterOrDigit(rune) && rune.Value is not ('-' or '.')) return false;
            isFirst = rune.Value == '.';
        }
        return true;
    }

    /// <summary>True for letters, digits, hyphens and dots in the right places; the last label is not a number (that would be an address).</summary>
    private static bool IsValidName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > MaxLength) return false;
        var rest = name;
        while (true)
        {
            int dot = rest.IndexOf('.');
            var label = dot < 0 ? rest : rest[..dot];
            if (label.Length is 0 or > MaxLabel || label[0] == '-' || label[^1] == '-') return false;
            bool number = true;
            foreach (char c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
                number &= char.IsAsciiDigit(c);
            }
            if (dot < 0) return !number;
            rest = rest[(dot + 1)..];
        }
    }

    /// <summary>The address of a literal such as <c>[192.0.2.1]</c> or <c>[IPv6:2001:db8::1]</c>, or null. Other kinds have no meaning to us.</summary>
    public static IPAddress? ParseLiteral(ReadOnlySpan<char> literal)
    {
        if (literal.Length < 2 || literal[0] != '[' || literal[^1] != ']') return null;
        var text = literal[1..^1];
        if (text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase))
            return IPAddress.TryParse(text[5..], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6 && !text.ContainsAny('%', '[') ? v6 : null;
        // only the plain dotted quad: IPAddress would also take 127.1 and 0x7f.0.0.1
        return IPAddress.TryParse(text, out var v4) && text.SequenceEqual(v4.ToString()) && v4.AddressFamily == AddressFamily.InterNetwork ? v4 : null;
    }

    private static string? NormalizeLiteral(string literal) => ParseLiteral(literal) switch
    {
        null => null,
        { AddressFamily: AddressFamily.InterNetworkV6 } v6 => $"[ipv6:{v6}]",
        var v4 => $"[{v4}]",
    };
}

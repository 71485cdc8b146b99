using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Addresses;

/// <summary>
/// Reads the path of a MAIL or RCPT command, <c>&lt;…&gt;</c> included (RFC 5321 §4.1.2, RFC 6531 §3.3). Strict: nothing that could
/// be read in two ways gets through, least of all a control character.
/// </summary>
public static class AddressParser
{
    /// <summary>Octets of the longest local part, and of the longest path with its brackets (RFC 5321 §4.5.3.1.1 and .3).</summary>
    public const int MaxLocalPart = 64, MaxPath = 256;

    private static readonly SearchValues<byte> Atext =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~"u8);

    /// <summary>Reads a reverse-path at the start of <paramref name="input"/>; it may be null, <c>&lt;&gt;</c>.</summary>
    /// <param name="length">How many octets the path took.</param>
    public static AddressError ParseReversePath(ReadOnlySpan<byte> input, bool utf8, out MailPath path, out int length)
    {
        if (!input.StartsWith("<>"u8)) return ParsePath(input, utf8, out path, out length);
        (path, length) = (MailPath.Null, 2);
        return AddressError.None;
    }

    /// <summary>Reads a forward-path; <c>&lt;postmaster&gt;</c> is the only one without a domain (RFC 5321 §4.1.1.3).</summary>
    public static AddressError ParseForwardPath(ReadOnlySpan<byte> input, bool utf8, out MailPath path, out int length)
    {
        const string postmaster = "<postmaster>";
        if (input.Length < postmaster.Length || !Ascii.EqualsIgnoreCase(input[..postmaster.Length], postmaster))
            return ParsePath(input, utf8, out path, out length);
        (path, length) = (new("postmaster", ""), postmaster.Length);
        return AddressError.None;
    }

    private static AddressError ParsePath(ReadOnlySpan<byte> input, bool utf8, out MailPath path, out int length)
    {
        path = MailPath.Null;
        length = 0;
        if (input.IsEmpty || input[0] != '<') return AddressError.Syntax;
        int at = 1;
        if (at < input.Length && input[at] == '@' && !SkipSourceRoute(input, ref at, utf8)) return AddressError.Syntax;

        Span<byte> local = stackalloc byte[2 * MaxLocalPart + 2];
        var error = ReadLocalPart(input, ref at, utf8, local, out int localLength);
        if (error != AddressError.None) return error;
        if (at >= input.Length || input[at++] != '@') return AddressError.Syntax;

        int close = input[at..].IndexOf((byte)'>');
        if (close <= 0) return AddressError.Syntax;
        var domain = input.Slice(at, close);
        // RFC 5321 §4.5.3.1.3: 256 octets with the punctuation
        if (domain.Length > DomainName.MaxLength || localLength + 1 + domain.Length + 2 > MaxPath) return AddressError.TooLong;
        if (!IsText(domain, utf8)) return AddressError.Syntax;
        string domainText = Encoding.UTF8.GetString(domain);
        if (DomainName.Normalize(domainText) is not { } key) return AddressError.Domain;

        path = new($"{Encoding.UTF8.GetString(local[..localLength])}@{domainText}", key);
        length = at + close + 1;
        return AddressError.None;
    }

    /// <summary>RFC 5321 §4.1.1.3, appendix C: a source route must be accepted, and should be ignored.</summary>
    private static bool SkipSourceRoute(ReadOnlySpan<byte> input, ref int at, bool utf8)
    {
        int colon = input[at..].IndexOf((byte)':');
        // a route of more than a path's length serves nobody
        if (colon is < 0 or > MaxPath || !IsText(input.Slice(at, colon), utf8)) return false;
        string route = Encoding.UTF8.GetString(input.Slice(at, colon));
        foreach (string hop in route.Split(','))
            if (hop.Length < 2 || hop[0] != '@' || DomainName.Normalize(hop[1..]) is null) return false;
        at += colon + 1;
        return true;
    }

    private static AddressError ReadLocalPart(ReadOnlySpan<byte> input, ref int at, bool utf8, Span<byte> local, out int length)
    {
        length = 0;
        if (at >= input.Length) return AddressError.Syntax;
        if (input[at] == '"') return ReadQuotedString(input, ref at, utf8, local, out length);

        int end = input[at..].IndexOfAny((byte)'@', (byte)'>');
        if (end <= 0) return AddressError.Syntax;
        var text = input.Slice(at, end);
        if (text.Length > MaxLocalPart) return AddressError.TooLong;
        if (!IsDotString(text, utf8)) return AddressError.Syntax;
        text.CopyTo(local);
        length = end;
        at += end;
        return AddressError.None;
    }

    /// <summary>RFC 5321 §4.1.2: a quoted string that need not be one means the same as the plain form, which we keep.</summary>
    private static AddressError ReadQuotedString(ReadOnlySpan<byte> input, ref int at, bool utf8, Span<byte> local, out int length)
    {
        Span<byte> content = stackalloc byte[MaxLocalPart];
        int count = 0;
        length = 0;
        for (at++; at < input.Length; at++)
        {
            byte b = input[at];
            if (b == '"') break;
            if (b == '\\')
            {
                // quoted-pairSMTP takes printable US-ASCII only
                if (++at >= input.Length || input[at] is < 32 or > 126) return AddressError.Syntax;
                b = input[at];
            }
            if (count == content.Length) return AddressError.TooLong;
            content[count++] = b;
        }
        if (at++ >= input.Length) return AddressError.Syntax;

        var text = content[..count];
        if (!IsText(text, utf8)) return AddressError.Syntax;
        if (IsDotString(text, utf8))
        {
            text.CopyTo(local);
            length = count;
            return AddressError.None;
        }
        local[length++] = (byte)'"';
        foreach (byte b in text)
        {
            if (b is (byte)'"' or (byte)'\\') local[length++] = (byte)'\\';
            local[length++] = b;
        }
        local[length++] = (byte)'"';
        return length > MaxLocalPart ? AddressError.TooLong : AddressError.None;
    }

    private static bool IsDotString(ReadOnlySpan<byte> text, bool utf8)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.' || text.IndexOf(".."u8) >= 0) return false;
        foreach (byte b in text)
            if (!Atext.Contains(b) && b != '.' && b < 128) return false;
        return IsText(text, utf8);
    }

    /// <summary>Printable US-ASCII and space, and with <paramref name="utf8"/> also well-formed UTF-8 without control characters.</summary>
    private static bool IsText(ReadOnlySpan<byte> text, bool utf8)
    {
        bool ascii = true;
        foreach (byte b in text)
        {
            if (b is < 32 or 127) return false;
            ascii &= b < 128;
        }
        if (ascii) return true;
        if (!utf8 || !Utf8.IsValid(text)) return false;
        // U+0080 to U+009F are C2 80 to C2 9F
        for (int i = 0; i + 1 < text.Length; i++)
            if (text[i] == 0xC2 && text[i + 1] < 0xA0) return false;
        return true;
    }
}

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Imap.Reading;

internal ref partial struct ImapParser
{
    /// <summary>An atom with "]", or a string.</summary>
    public ReadOnlySpan<byte> AStringOctets() => StringOr(ImapChars.AString);

    /// <summary>The same as text.</summary>
    public string AString() => Decode(AStringOctets());

    /// <summary>Quoted, or a literal.</summary>
    public string String() => Decode(StringOr(null));

    /// <summary>NIL, or a string.</summary>
    public string? NString() => TryWord("NIL"u8) ? null : String();

    /// <summary>NIL, a string, or a literal with any octets (RFC 5464 §5, value). MailKit sends atoms, too.</summary>
    public byte[]? NStringOctets()
    {
        if (TryWord("NIL"u8)) return null;
        return (TryTake('~') ? Literal(anyOctets: true) : AStringOctets()).ToArray();
    }

    /// <summary>The name of a mailbox; INBOX in that spelling (RFC 9051 §5.1).</summary>
    public string Mailbox(bool mayBeEmpty = false)
    {
        string name = DecodeMailbox(AStringOctets());
        if (name.Length == 0 && !mayBeEmpty) Fail("the name of a mailbox is expected");
        return name;
    }

    /// <summary>A name with wildcards (RFC 9051 §9, list-mailbox).</summary>
    public string Pattern() => DecodeMailbox(StringOr(ImapChars.List));

    /// <summary>UTF-8, which is refused where it is none.</summary>
    public string Decode(ReadOnlySpan<byte> octets)
    {
        if (Utf8.IsValid(octets)) return Encoding.UTF8.GetString(octets);
        Fail("a string is not UTF-8");
        return "";
    }

    private string DecodeMailbox(ReadOnlySpan<byte> octets)
    {
        if (Ascii.EqualsIgnoreCase(octets, "INBOX"u8)) return "INBOX";
        string? name = utf8 ? Decode(octets) : ModifiedUtf7.Decode(octets);
        if (name is null) Fail("a mailbox name is not in modified UTF-7");
        // RFC 9051 §5.1: neither control characters, nor what ends a line
        else if (name.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0 || name.AsSpan().IndexOfAnyInRange('\x7F', '\x9F') >= 0 || name.AsSpan().ContainsAny('\u2028', '\u2029'))
            Fail("a mailbox name has a control character");
        return name ?? "";
    }

    /// <param name="atom">What a string without quotes may be made of; null where it needs them.</param>
    private ReadOnlySpan<byte> StringOr(SearchValues<byte>? atom)
    {
        if (Next == '"') return Quoted();
        if (Next == '{') return Literal(anyOctets: false);
        var octets = atom is null ? default : Run(atom);
        if (octets.IsEmpty) Fail("a string is expected");
        return octets;
    }

    private ReadOnlySpan<byte> Quoted()
    {
        Position++;
        var rest = Rest;
        int end = rest.IndexOfAny((byte)'"', (byte)'\\');
        if (end >= 0 && rest[end] == '"')
        {
            Position += end + 1;
            return Checked(rest[..end]);
        }
        var octets = new List<byte>();
        while (end >= 0)
        {
            octets.AddRange(rest[..end]);
            if (rest[end] == '"')
            {
                Position = _text.Length - rest.Length + end + 1;
                return Checked(octets.ToArray());
            }
            // RFC 9051 §9: a backslash stands before a quote or a backslash alone
            if (end + 1 >= rest.Length || rest[end + 1] is not ((byte)'"' or (byte)'\\')) break;
            octets.Add(rest[end + 1]);
            rest = rest[(end + 2)..];
            end = rest.IndexOfAny((byte)'"', (byte)'\\');
        }
        Fail("a quoted string does not end, or has a backslash that stands for nothing");
        return default;
    }

    // a literal's announcement in a quoted string would have been taken for one
    private ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> quoted)
    {
        if (quoted.ContainsAny((byte)'\r', (byte)'\n', (byte)0)) Fail("a quoted string goes over the end of a line");
        return quoted;
    }

    private ReadOnlySpan<byte> Literal(bool anyOctets)
    {
        var rest = Rest;
        int end = rest.IndexOf((byte)'\n');
        if (end < 0 || !ImapLiteralHeader.TryRead(rest[..(end + 1)], out var header) || header.Length != end + 1 || !header.IsValid)
        {
            Fail("a literal is expected");
            return default;
        }
        var octets = rest[(end + 1)..];
        if (octets.Length < header.Size)
        {
            NeedsLiteral = true;
            Fail("a literal is missing");
            return default;
        }
        octets = octets[..(int)header.Size];
        // RFC 9051 §4.3: NUL in literal8 alone
        if (!anyOctets && octets.Contains((byte)0)) Fail("a literal has a NUL");
        else Position += end + 1 + octets.Length;
        return octets;
    }
}

using System.Buffers;
using System.Net;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>The FETCH item PREVIEW (RFC 8970): the beginning of the text, for a list of messages.</summary>
public static class Preview
{
    /// <summary>Characters of the longest preview (RFC 8970 §3.2).</summary>
    public const int MostCharacters = 200;

    /// <summary>Octets of a part's body that are looked at.</summary>
    public const int MostOctets = 16 * 1024;

    /// <summary>The part whose text it is; null where the message has none: the preview is empty.</summary>
    public static MimePart? Find(MessageIndex index) => Find(index.Root);

    /// <param name="part">What <see cref="Find(MessageIndex)"/> found.</param>
    /// <param name="body">The first octets of the part's body, <see cref="MostOctets"/> at most.</param>
    public static string Read(MimePart part, ReadOnlySpan<byte> body)
    {
        body = body[..Math.Min(body.Length, MostOctets)];
        var octets = new ArrayBufferWriter<byte>(body.Length + 4);
        if (BodyDecoder.For(part) is { } decoder)
        {
            decoder.Decode(body, octets);
            if (body.Length == part.Body.Length) decoder.Finish(octets);
        }
        else octets.Write(body);
        string text = Charset.Of(part).GetString(octets.WrittenSpan);
        if (part.Subtype.Is("html"u8)) return Shorten(WebUtility.HtmlDecode(HtmlText.Strip(text)));
        string own = Shorten(WithoutQuotes(text));
        return own.Length > 0 ? own : Shorten(text);
    }

    // Attached text, and the text of attached messages, is not what the message says.
    private static MimePart? Find(MimePart part)
    {
        if (part.IsMultipart)
        {
            foreach (var child in part.Children)
                if (Find(child) is { } found) return found;
            return null;
        }
        bool isRead = part.Subtype.Is("plain"u8) || part.Subtype.Is("html"u8) || part.Subtype.Is("enriched"u8);
        return part.IsText && isRead && part.Body.Length > 0 && !part.Disposition.Is("attachment"u8) ? part : null;
    }

    /// <summary>What is answered to is in the other message.</summary>
    private static string WithoutQuotes(string text)
    {
        var own = new StringBuilder(text.Length);
        foreach (var line in text.AsSpan().EnumerateLines())
            if (!line.StartsWith(">")) own.Append(line).Append('\n');
        return own.ToString();
    }

    /// <summary>Runs of white space and control characters are one space; cut at a whole character.</summary>
    private static string Shorten(string text)
    {
        var shortened = new StringBuilder(MostCharacters);
        bool hasSpace = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || rune.Value is 0xFEFF or 0x200B or 0x034F or 0x00AD)
            {
                hasSpace = shortened.Length > 0;
                continue;
            }
            if (shortened.Length + (hasSpace ? 1 : 0) + rune.Utf16SequenceLength > MostCharacters) break;
            if (hasSpace) shortened.Append(' ');
            hasSpace = false;
            shortened.Append(rune);
        }
        return shortened.ToString();
    }
}

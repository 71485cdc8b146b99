using System.Text;
using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 9051 §9, fetch-att, and what extensions added.</summary>
internal static class FetchItemParser
{
    /// <summary>Items in parentheses, one at least.</summary>
    public static List<ImapFetchItem> List(ref ImapParser parser)
    {
        var items = new List<ImapFetchItem>();
        parser.Take('(');
        do items.Add(Item(ref parser));
        while (parser.TryTake(' '));
        parser.Take(')');
        return items;
    }

    public static ImapFetchItem Item(ref ImapParser parser)
    {
        string name = Encoding.ASCII.GetString(parser.ItemName()).ToUpperInvariant();
        bool hasSection = parser.TryTake('[');
        switch (name, hasSection)
        {
            case ("ENVELOPE", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Envelope);
            case ("FLAGS", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Flags);
            case ("INTERNALDATE", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.InternalDate);
            case ("RFC822.SIZE", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Size);
            case ("UID", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Uid);
            case ("BODY", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Body);
            case ("BODYSTRUCTURE", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.BodyStructure);
            case ("RFC822", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Rfc822);
            case ("RFC822.HEADER", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Rfc822Header);
            case ("RFC822.TEXT", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.Rfc822Text);
            case ("MODSEQ", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.ModSeq);
            case ("EMAILID", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.EmailId);
            case ("THREADID", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.ThreadId);
            case ("SAVEDATE", false): return new ImapFetchItem.Attribute(ImapFetchAttribute.SaveDate);
            case ("PREVIEW", false): return new ImapFetchItem.Preview(IsLazy(ref parser));
            case ("BODY" or "BODY.PEEK", true): return new ImapFetchItem.Body(Section(ref parser), name == "BODY.PEEK", Slice(ref parser));
            case ("BINARY" or "BINARY.PEEK", true): return new ImapFetchItem.Binary(PartOnly(ref parser), name == "BINARY.PEEK", Slice(ref parser));
            case ("BINARY.SIZE", true): return new ImapFetchItem.BinarySize(PartOnly(ref parser));
            default:
                parser.Fail("no such fetch item");
                return new ImapFetchItem.Attribute(default);
        }
    }

    /// <summary>RFC 9051 §9, section-spec, up to its "]".</summary>
    private static ImapSection Section(ref ImapParser parser)
    {
        var part = Part(ref parser, out bool ended);
        if (ended) return new(part, ImapSectionText.Whole, []);
        IReadOnlyList<string> fields = [];
        var text = ImapSectionText.Whole;
        switch (Encoding.ASCII.GetString(parser.ItemName()).ToUpperInvariant())
        {
            case "HEADER": text = ImapSectionText.Header; break;
            case "TEXT": text = ImapSectionText.Text; break;
            // RFC 9051 §6.4.5.1: of a part alone
            case "MIME" when part.Count > 0: text = ImapSectionText.Mime; break;
            case "HEADER.FIELDS":
                text = ImapSectionText.HeaderFields;
                fields = FieldNames(ref parser);
                break;
            case "HEADER.FIELDS.NOT":
                text = ImapSectionText.HeaderFieldsNot;
                fields = FieldNames(ref parser);
                break;
            default: parser.Fail("no such section"); break;
        }
        parser.Take(']');
        return new(part, text, fields);
    }

    /// <summary>Numbers with dots; "]" is taken where it follows, and so is the dot before what is no number.</summary>
    private static List<uint> Part(ref ImapParser parser, out bool ended)
    {
        var part = new List<uint>();
        ended = parser.TryTake(']');
        while (!ended && parser.Next is >= (byte)'0' and <= (byte)'9')
        {
            part.Add(parser.NonZero());
            ended = parser.TryTake(']');
            if (!ended) parser.Take('.');
        }
        return part;
    }

    /// <summary>RFC 3516 §7, section-binary.</summary>
    private static List<uint> PartOnly(ref ImapParser parser)
    {
        var part = Part(ref parser, out bool ended);
        if (!ended) parser.Fail("the number of a part is expected");
        return part;
    }

    private static List<string> FieldNames(ref ImapParser parser)
    {
        var names = new List<string>();
        parser.Space();
        parser.Take('(');
        do names.Add(parser.AString());
        while (parser.TryTake(' '));
        parser.Take(')');
        return names;
    }

    /// <summary>RFC 9051 §9, partial.</summary>
    private static ImapFetchSlice? Slice(ref ImapParser parser)
    {
        if (!parser.TryTake('<')) return null;
        long offset = parser.Number64();
        parser.Take('.');
        long count = (long)parser.NonZero(long.MaxValue);
        parser.Take('>');
        return new(offset, count);
    }

    /// <summary>RFC 8970 §6. In a single item, what follows may be modifiers of FETCH as well, which are others.</summary>
    private static bool IsLazy(ref ImapParser parser)
    {
        if (!parser.StartsWith(" (LAZY)"u8)) return false;
        parser.Space();
        parser.Take('(');
        parser.TryWord("LAZY"u8);
        parser.Take(')');
        return true;
    }
}

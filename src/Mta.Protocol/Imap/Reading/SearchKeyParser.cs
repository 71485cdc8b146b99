using System.Collections.Frozen;
using System.Text;
using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 9051 §9, search-key, and what extensions added.</summary>
internal static class SearchKeyParser
{
    /// <summary>How deep NOT, OR and parentheses go into each other: each level is one of the stack.</summary>
    public const int MaxDepth = 50;

    private static readonly FrozenSet<string> WithValue = FrozenSet.Create(
        "NOT", "OR", "BCC", "CC", "FROM", "SUBJECT", "TO", "HEADER", "BODY", "TEXT", "KEYWORD", "UNKEYWORD", "UID", "LARGER", "SMALLER", "OLDER", "YOUNGER",
        "MODSEQ", "EMAILID", "THREADID", "BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE", "SAVEDBEFORE", "SAVEDON", "SAVEDSINCE");

    /// <summary>One key or more, as one.</summary>
    public static ImapSearchKey Keys(ref ImapParser parser, ImapSearchCharset charset) => Keys(ref parser, charset, 0);

    private static ImapSearchKey Keys(ref ImapParser parser, ImapSearchCharset charset, int depth)
    {
        var first = Key(ref parser, charset, depth);
        if (!parser.TryTake(' ')) return first;
        var keys = new List<ImapSearchKey> { first };
        do keys.Add(Key(ref parser, charset, depth));
        while (parser.TryTake(' '));
        return new ImapSearchKey.And(keys);
    }

    private static ImapSearchKey Key(ref ImapParser parser, ImapSearchCharset charset, int depth)
    {
        if (depth > MaxDepth) parser.Fail("the search is nested too deeply");
        if (parser.TryTake('('))
        {
            var keys = Keys(ref parser, charset, depth + 1);
            parser.Take(')');
            return keys;
        }
        if (parser.Next is (byte)'*' or (byte)'$' or (>= (byte)'0' and <= (byte)'9')) return new ImapSearchKey.Numbers(parser.Set());
        string word = parser.Word();
        if (SimpleKey(word) is { } simple) return simple;
        if (!WithValue.Contains(word)) parser.Fail("no such search key");
        parser.Space();
        switch (word)
        {
            case "NOT": return new ImapSearchKey.Not(Key(ref parser, charset, depth + 1));
            case "OR":
                var left = Key(ref parser, charset, depth + 1);
                parser.Space();
                return new ImapSearchKey.Or(left, Key(ref parser, charset, depth + 1));

            case "BCC" or "CC" or "FROM" or "SUBJECT" or "TO": return new ImapSearchKey.Header(word, Text(ref parser, charset));
            case "HEADER":
                string name = parser.AString();
                parser.Space();
                return new ImapSearchKey.Header(name, Text(ref parser, charset));
            case "BODY": return new ImapSearchKey.Body(Text(ref parser, charset));
            case "TEXT": return new ImapSearchKey.Text(Text(ref parser, charset));

            case "KEYWORD": return new ImapSearchKey.Keyword(parser.Keyword(), true);
            case "UNKEYWORD": return new ImapSearchKey.Keyword(parser.Keyword(), false);
            case "UID": return new ImapSearchKey.Uids(parser.Set());
            case "LARGER": return new ImapSearchKey.Size(true, parser.Number64());
            case "SMALLER": return new ImapSearchKey.Size(false, parser.Number64());
            // RFC 5032 §3
            case "OLDER": return new ImapSearchKey.Within(true, parser.NonZero());
            case "YOUNGER": return new ImapSearchKey.Within(false, parser.NonZero());
            case "MODSEQ": return Modified(ref parser);
            // RFC 8474 §6
            case "EMAILID": return new ImapSearchKey.EmailId(ObjectId(ref parser));
            case "THREADID": return new ImapSearchKey.ThreadId(ObjectId(ref parser));
            default: return DateKey(word, ref parser);
        }
    }

    /// <summary>Keys of one word, or null.</summary>
    private static ImapSearchKey? SimpleKey(string word) => word switch
    {
        "ALL" => ImapSearchKey.All.Instance,
        "ANSWERED" => new ImapSearchKey.Flag(ImapSystemFlags.Answered, true),
        "DELETED" => new ImapSearchKey.Flag(ImapSystemFlags.Deleted, true),
        "DRAFT" => new ImapSearchKey.Flag(ImapSystemFlags.Draft, true),
        "FLAGGED" => new ImapSearchKey.Flag(ImapSystemFlags.Flagged, true),
        "SEEN" => new ImapSearchKey.Flag(ImapSystemFlags.Seen, true),
        "RECENT" => new ImapSearchKey.Flag(ImapSystemFlags.Recent, true),
        "UNANSWERED" => new ImapSearchKey.Flag(ImapSystemFlags.Answered, false),
        "UNDELETED" => new ImapSearchKey.Flag(ImapSystemFlags.Deleted, false),
        "UNDRAFT" => new ImapSearchKey.Flag(ImapSystemFlags.Draft, false),
        "UNFLAGGED" => new ImapSearchKey.Flag(ImapSystemFlags.Flagged, false),
        "UNSEEN" => new ImapSearchKey.Flag(ImapSystemFlags.Seen, false),
        // RFC 3501 §6.4.4
        "OLD" => new ImapSearchKey.Flag(ImapSystemFlags.Recent, false),
        "NEW" => new ImapSearchKey.And([new ImapSearchKey.Flag(ImapSystemFlags.Recent, true), new ImapSearchKey.Flag(ImapSystemFlags.Seen, false)]),
        "SAVEDATESUPPORTED" => ImapSearchKey.SaveDateSupported.Instance,
        _ => null,
    };

    private static ImapSearchKey.Date DateKey(string word, ref ImapParser parser)
    {
        var (which, rest) = word.StartsWith("SENT", StringComparison.Ordinal) ? (ImapSearchDate.Sent, word[4..])
            : word.StartsWith("SAVED", StringComparison.Ordinal) ? (ImapSearchDate.Saved, word[5..])
            : (ImapSearchDate.Internal, word);
        return new(which, rest switch { "BEFORE" => ImapDateRelation.Before, "ON" => ImapDateRelation.On, _ => ImapDateRelation.Since }, parser.Date());
    }

    /// <summary>RFC 7162 §3.1.5: <c>["/flags/\\draft" all] 620162338</c>. We keep one modification sequence for all of a message.</summary>
    private static ImapSearchKey.Modified Modified(ref ImapParser parser)
    {
        if (parser.Next == '"')
        {
            if (!parser.String().StartsWith("/flags/", StringComparison.OrdinalIgnoreCase)) parser.Fail("no such entry");
            parser.Space();
            if (!parser.TryWord("all"u8) && !parser.TryWord("priv"u8) && !parser.TryWord("shared"u8)) parser.Fail("no such kind of entry");
            parser.Space();
        }
        return new((ulong)parser.Number64());
    }

    /// <summary>RFC 8474 §7: at most 255 letters, digits, "_" and "-".</summary>
    private static string ObjectId(ref ImapParser parser)
    {
        var id = parser.AStringOctets();
        foreach (byte b in id)
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'_' or (byte)'-')) parser.Fail("no object has such an identifier");
        if (id.Length is 0 or > 255) parser.Fail("no object has such an identifier");
        return Encoding.ASCII.GetString(id);
    }

    private static string Text(ref ImapParser parser, ImapSearchCharset charset) =>
        charset == ImapSearchCharset.Latin1 ? Encoding.Latin1.GetString(parser.AStringOctets()) : parser.Decode(parser.AStringOctets());
}

using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

internal static class SearchParsers
{
    /// <summary>RFC 9051 §9, search.</summary>
    public static ImapCommand Search(ref ImapParser parser, ImapCommandHead head)
    {
        var returns = Return(ref parser);
        parser.Space();
        var charset = ImapSearchCharset.Utf8;
        if (parser.TryWord("CHARSET"u8))
        {
            parser.Space();
            charset = Charset(ref parser);
            parser.Space();
        }
        return new SearchCommand(head.Tag, head.Uid, returns, SearchKeyParser.Keys(ref parser, charset));
    }

    /// <summary>RFC 5256 §5, sort.</summary>
    public static ImapCommand Sort(ref ImapParser parser, ImapCommandHead head)
    {
        var returns = Return(ref parser);
        var order = new List<ImapSortKey>();
        parser.Space();
        parser.Take('(');
        do order.Add(SortKey(ref parser));
        while (parser.TryTake(' '));
        parser.Take(')');
        parser.Space();
        var charset = Charset(ref parser);
        parser.Space();
        return new SortCommand(head.Tag, head.Uid, returns, order, SearchKeyParser.Keys(ref parser, charset));
    }

    /// <summary>RFC 5256 §5, thread.</summary>
    public static ImapCommand Thread(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        var algorithm = parser.TryWord("ORDEREDSUBJECT"u8) ? ImapThreadAlgorithm.OrderedSubject : ImapThreadAlgorithm.References;
        if (algorithm == ImapThreadAlgorithm.References && !parser.TryWord("REFERENCES"u8)) parser.Fail("no such way to thread");
        parser.Space();
        var charset = Charset(ref parser);
        parser.Space();
        return new ThreadCommand(head.Tag, head.Uid, algorithm, SearchKeyParser.Keys(ref parser, charset));
    }

    private static ImapSearchReturn? Return(ref ImapParser parser)
    {
        if (!parser.StartsWith(" RETURN "u8)) return null;
        parser.Space();
        parser.TryWord("RETURN"u8);
        parser.Space();
        parser.Take('(');
        // RFC 9051 §6.4.4: nothing in it is ALL
        if (parser.TryTake(')')) return new(ImapSearchOptions.All, null);
        var options = ImapSearchOptions.None;
        ImapPartial? partial = null;
        do options |= Option(ref parser, ref partial);
        while (parser.TryTake(' '));
        parser.Take(')');
        // RFC 9394 §3.1
        if (options.HasFlag(ImapSearchOptions.Partial | ImapSearchOptions.All)) parser.Fail("PARTIAL and ALL exclude each other");
        return new(options, partial);
    }

    private static ImapSearchOptions Option(ref ImapParser parser, ref ImapPartial? partial)
    {
        if (parser.TryWord("MIN"u8)) return ImapSearchOptions.Min;
        if (parser.TryWord("MAX"u8)) return ImapSearchOptions.Max;
        if (parser.TryWord("ALL"u8)) return ImapSearchOptions.All;
        if (parser.TryWord("COUNT"u8)) return ImapSearchOptions.Count;
        if (parser.TryWord("SAVE"u8)) return ImapSearchOptions.Save;
        if (!parser.TryWord("PARTIAL"u8)) parser.Fail("no such return option");
        // RFC 9394 §3.1: one range
        else if (partial is not null) parser.Fail("PARTIAL is there once");
        parser.Space();
        partial = parser.Partial();
        return ImapSearchOptions.Partial;
    }

    private static ImapSearchCharset Charset(ref ImapParser parser)
    {
        switch (parser.AString().ToUpperInvariant())
        {
            // the one is in the other, which is what there is where nothing is said, too
            case "US-ASCII" or "UTF-8": return ImapSearchCharset.Utf8;
            case "ISO-8859-1": return ImapSearchCharset.Latin1;
            default:
                // RFC 9051 §7.1: NO, and what there is instead
                parser.Fail("no such charset", ImapStatus.No, ImapCode.BadCharset);
                return ImapSearchCharset.Utf8;
        }
    }

    private static ImapSortKey SortKey(ref ImapParser parser)
    {
        bool isReverse = parser.TryWord("REVERSE"u8);
        if (isReverse) parser.Space();
        switch (parser.Word())
        {
            case "ARRIVAL": return new(ImapSortField.Arrival, isReverse);
            case "CC": return new(ImapSortField.Cc, isReverse);
            case "DATE": return new(ImapSortField.Date, isReverse);
            case "FROM": return new(ImapSortField.From, isReverse);
            case "SIZE": return new(ImapSortField.Size, isReverse);
            case "SUBJECT": return new(ImapSortField.Subject, isReverse);
            case "TO": return new(ImapSortField.To, isReverse);
            case "DISPLAYFROM": return new(ImapSortField.DisplayFrom, isReverse);
            case "DISPLAYTO": return new(ImapSortField.DisplayTo, isReverse);
            default:
                parser.Fail("no such order");
                return default;
        }
    }
}

/// <summary>How the strings of a search are to be read.</summary>
internal enum ImapSearchCharset : byte { Utf8, Latin1 }

using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

internal static class ListParser
{
    public static ImapCommand Lsub(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        string reference = parser.Mailbox(mayBeEmpty: true);
        parser.Space();
        return new LsubCommand(head.Tag, reference, parser.Pattern());
    }

    /// <summary>RFC 9051 §9, list.</summary>
    public static ImapCommand List(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        bool isExtended = parser.Next == '(';
        var select = ImapListSelect.None;
        if (isExtended)
        {
            select = Selection(ref parser);
            parser.Space();
        }
        string reference = parser.Mailbox(mayBeEmpty: true);
        parser.Space();
        var patterns = new List<string>();
        if (parser.TryTake('('))
        {
            isExtended = true;
            do patterns.Add(parser.Pattern());
            while (parser.TryTake(' '));
            parser.Take(')');
        }
        else patterns.Add(parser.Pattern());

        var returns = ImapListReturn.None;
        var status = ImapStatusItems.None;
        List<string> metadata = [];
        if (parser.TryTake(' '))
        {
            isExtended = true;
            if (!parser.TryWord("RETURN"u8)) parser.Fail("RETURN is expected");
            parser.Space();
            parser.Take('(');
            if (!parser.TryTake(')'))
            {
                do returns |= Return(ref parser, ref status, metadata);
                while (parser.TryTake(' '));
                parser.Take(')');
            }
        }
        return new ListCommand(head.Tag, reference, patterns, isExtended, select, returns, status, metadata);
    }

    private static ImapListSelect Selection(ref ImapParser parser)
    {
        var select = ImapListSelect.None;
        parser.Take('(');
        if (parser.TryTake(')')) return select;
        do
        {
            if (parser.TryWord("SUBSCRIBED"u8)) select |= ImapListSelect.Subscribed;
            else if (parser.TryWord("REMOTE"u8)) select |= ImapListSelect.Remote;
            else if (parser.TryWord("RECURSIVEMATCH"u8)) select |= ImapListSelect.RecursiveMatch;
            else if (parser.TryWord("SPECIAL-USE"u8)) select |= ImapListSelect.SpecialUse;
            else parser.Fail("no such selection");
        }
        while (parser.TryTake(' '));
        parser.Take(')');
        // RFC 5258 §3.1: it changes what another one selects, and REMOTE selects nothing
        if (select.HasFlag(ImapListSelect.RecursiveMatch) && (select & ~(ImapListSelect.RecursiveMatch | ImapListSelect.Remote)) == ImapListSelect.None)
            parser.Fail("RECURSIVEMATCH needs another selection");
        return select;
    }

    private static ImapListReturn Return(ref ImapParser parser, ref ImapStatusItems status, List<string> metadata)
    {
        if (parser.TryWord("SUBSCRIBED"u8)) return ImapListReturn.Subscribed;
        if (parser.TryWord("CHILDREN"u8)) return ImapListReturn.Children;
        if (parser.TryWord("SPECIAL-USE"u8)) return ImapListReturn.SpecialUse;
        if (parser.TryWord("MYRIGHTS"u8)) return ImapListReturn.MyRights;
        if (parser.TryWord("STATUS"u8))
        {
            // RFC 5819 §2
            parser.Space();
            status |= MailboxParsers.StatusItems(ref parser);
            return ImapListReturn.Status;
        }
        if (parser.TryWord("METADATA"u8))
        {
            // RFC 9590 §3
            parser.Space();
            metadata.AddRange(MetadataParsers.Entries(ref parser));
            return ImapListReturn.Metadata;
        }
        parser.Fail("no such return option");
        return ImapListReturn.None;
    }
}

using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

internal static class MailboxParsers
{
    public static ImapCommand Select(ref ImapParser parser, ImapCommandHead head) => Select(ref parser, head, isReadOnly: false);

    public static ImapCommand Examine(ref ImapParser parser, ImapCommandHead head) => Select(ref parser, head, isReadOnly: true);

    public static ImapCommand Delete(ref ImapParser parser, ImapCommandHead head) => new DeleteCommand(head.Tag, Mailbox(ref parser));

    public static ImapCommand Subscribe(ref ImapParser parser, ImapCommandHead head) => new SubscribeCommand(head.Tag, Mailbox(ref parser));

    public static ImapCommand Unsubscribe(ref ImapParser parser, ImapCommandHead head) => new UnsubscribeCommand(head.Tag, Mailbox(ref parser));

    public static ImapCommand Namespace(ref ImapParser parser, ImapCommandHead head) => new NamespaceCommand(head.Tag);

    public static ImapCommand Rename(ref ImapParser parser, ImapCommandHead head) => new RenameCommand(head.Tag, Mailbox(ref parser), Mailbox(ref parser));

    public static ImapCommand Status(ref ImapParser parser, ImapCommandHead head)
    {
        string mailbox = Mailbox(ref parser);
        parser.Space();
        return new StatusCommand(head.Tag, mailbox, StatusItems(ref parser));
    }

    public static ImapCommand Create(ref ImapParser parser, ImapCommandHead head)
    {
        string mailbox = Mailbox(ref parser);
        var uses = ImapSpecialUses.None;
        if (parser.TryTake(' '))
        {
            // RFC 6154 §3
            parser.Take('(');
            if (!parser.TryWord("USE"u8)) parser.Fail("no such parameter");
            parser.Space();
            parser.Take('(');
            if (!parser.TryTake(')'))
            {
                do uses |= SpecialUse(ref parser);
                while (parser.TryTake(' '));
                parser.Take(')');
            }
            parser.Take(')');
        }
        return new CreateCommand(head.Tag, mailbox, uses);
    }

    /// <summary>Items of STATUS in parentheses, one at least.</summary>
    public static ImapStatusItems StatusItems(ref ImapParser parser)
    {
        var items = ImapStatusItems.None;
        parser.Take('(');
        do items |= StatusItem(ref parser);
        while (parser.TryTake(' '));
        parser.Take(')');
        return items;
    }

    private static ImapStatusItems StatusItem(ref ImapParser parser)
    {
        switch (parser.Word())
        {
            case "MESSAGES": return ImapStatusItems.Messages;
            case "UIDNEXT": return ImapStatusItems.UidNext;
            case "UIDVALIDITY": return ImapStatusItems.UidValidity;
            case "UNSEEN": return ImapStatusItems.Unseen;
            case "DELETED": return ImapStatusItems.Deleted;
            case "SIZE": return ImapStatusItems.Size;
            case "RECENT": return ImapStatusItems.Recent;
            case "HIGHESTMODSEQ": return ImapStatusItems.HighestModSeq;
            case "APPENDLIMIT": return ImapStatusItems.AppendLimit;
            case "MAILBOXID": return ImapStatusItems.MailboxId;
            case "DELETED-STORAGE": return ImapStatusItems.DeletedStorage;
            default:
                parser.Fail("no such status item");
                return ImapStatusItems.None;
        }
    }

    private static string Mailbox(ref ImapParser parser)
    {
        parser.Space();
        return parser.Mailbox();
    }

    private static ImapSpecialUses SpecialUse(ref ImapParser parser)
    {
        parser.Take('\\');
        switch (parser.Word())
        {
            case "ALL": return ImapSpecialUses.All;
            case "ARCHIVE": return ImapSpecialUses.Archive;
            case "DRAFTS": return ImapSpecialUses.Drafts;
            case "FLAGGED": return ImapSpecialUses.Flagged;
            case "JUNK": return ImapSpecialUses.Junk;
            case "SENT": return ImapSpecialUses.Sent;
            case "TRASH": return ImapSpecialUses.Trash;
            case "IMPORTANT": return ImapSpecialUses.Important;
            default:
                // RFC 6154 §3
                parser.Fail("no such use of a mailbox", ImapStatus.No, ImapCode.UseAttr);
                return ImapSpecialUses.None;
        }
    }

    private static SelectCommand Select(ref ImapParser parser, ImapCommandHead head, bool isReadOnly)
    {
        string mailbox = Mailbox(ref parser);
        bool condStore = false;
        ImapQResync? qresync = null;
        if (parser.TryTake(' '))
        {
            parser.Take('(');
            do
            {
                if (parser.TryWord("CONDSTORE"u8)) condStore = true;
                else if (parser.TryWord("QRESYNC"u8) && qresync is null) qresync = QResync(ref parser);
                else parser.Fail("no such parameter");
            }
            while (parser.TryTake(' '));
            parser.Take(')');
        }
        return new(head.Tag, mailbox, isReadOnly, condStore, qresync);
    }

    /// <summary>RFC 7162 §7: <c>(uidvalidity modseq [known-uids] [(known-numbers known-uids)])</c>.</summary>
    private static ImapQResync QResync(ref ImapParser parser)
    {
        ImapSet? known = null, numbers = null, uids = null;
        parser.Space();
        parser.Take('(');
        uint validity = parser.NonZero();
        parser.Space();
        ulong modSeq = (ulong)parser.Number64();
        bool more = parser.TryTake(' ');
        if (more && parser.Next != '(')
        {
            known = parser.KnownSet();
            more = parser.TryTake(' ');
        }
        if (more)
        {
            parser.Take('(');
            numbers = parser.KnownSet();
            parser.Space();
            uids = parser.KnownSet();
            parser.Take(')');
        }
        parser.Take(')');
        return new(validity, modSeq, known, numbers, uids);
    }
}

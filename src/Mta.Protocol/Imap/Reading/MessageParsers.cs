using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

internal static class MessageParsers
{
    public static ImapCommand Check(ref ImapParser parser, ImapCommandHead head) => new CheckCommand(head.Tag);

    public static ImapCommand Close(ref ImapParser parser, ImapCommandHead head) => new CloseCommand(head.Tag);

    public static ImapCommand Unselect(ref ImapParser parser, ImapCommandHead head) => new UnselectCommand(head.Tag);

    public static ImapCommand Expunge(ref ImapParser parser, ImapCommandHead head) => new ExpungeCommand(head.Tag, head.Uid ? Set(ref parser) : null);

    public static ImapCommand Copy(ref ImapParser parser, ImapCommandHead head) => new CopyCommand(head.Tag, head.Uid, Set(ref parser), Mailbox(ref parser));

    public static ImapCommand Move(ref ImapParser parser, ImapCommandHead head) => new MoveCommand(head.Tag, head.Uid, Set(ref parser), Mailbox(ref parser));

    public static ImapCommand Store(ref ImapParser parser, ImapCommandHead head)
    {
        var set = Set(ref parser);
        ulong? unchangedSince = null;
        parser.Space();
        if (parser.TryTake('('))
        {
            // RFC 7162 §3.1.3
            if (!parser.TryWord("UNCHANGEDSINCE"u8)) parser.Fail("no such modifier");
            parser.Space();
            unchangedSince = (ulong)parser.Number64();
            parser.Take(')');
            parser.Space();
        }
        var action = parser.TryTake('+') ? ImapStoreAction.Add : parser.TryTake('-') ? ImapStoreAction.Remove : ImapStoreAction.Replace;
        bool isSilent = parser.TryWord("FLAGS.SILENT"u8);
        if (!isSilent && !parser.TryWord("FLAGS"u8)) parser.Fail("FLAGS is expected");
        parser.Space();
        var flags = parser.Next == '(' ? parser.FlagList() : parser.Flags();
        return new StoreCommand(head.Tag, head.Uid, set, action, isSilent, flags, unchangedSince);
    }

    private static ImapSet Set(ref ImapParser parser)
    {
        parser.Space();
        return parser.Set();
    }

    private static string Mailbox(ref ImapParser parser)
    {
        parser.Space();
        return parser.Mailbox();
    }
}

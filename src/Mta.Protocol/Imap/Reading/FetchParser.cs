using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

internal static class FetchParser
{
    private static readonly ImapFetchItem.Attribute[] Fast =
        [new(ImapFetchAttribute.Flags), new(ImapFetchAttribute.InternalDate), new(ImapFetchAttribute.Size)];

    /// <summary>RFC 9051 §9, fetch.</summary>
    public static ImapCommand Fetch(ref ImapParser parser, ImapCommandHead head)
    {
        parser.Space();
        var set = parser.Set();
        parser.Space();
        IReadOnlyList<ImapFetchItem> items = parser.Next == '(' ? FetchItemParser.List(ref parser)
            : parser.TryWord("FAST"u8) ? Fast
            : parser.TryWord("ALL"u8) ? [.. Fast, new ImapFetchItem.Attribute(ImapFetchAttribute.Envelope)]
            : parser.TryWord("FULL"u8) ? [.. Fast, new ImapFetchItem.Attribute(ImapFetchAttribute.Envelope), new ImapFetchItem.Attribute(ImapFetchAttribute.Body)]
            : [FetchItemParser.Item(ref parser)];

        ulong? changedSince = null;
        bool vanished = false;
        ImapPartial? partial = null;
        if (parser.TryTake(' '))
        {
            parser.Take('(');
            do
            {
                if (parser.TryWord("VANISHED"u8)) vanished = true;
                else if (parser.TryWord("CHANGEDSINCE"u8))
                {
                    // RFC 7162 §3.1.4.1
                    parser.Space();
                    changedSince = (ulong)parser.Number64();
                }
                else if (parser.TryWord("PARTIAL"u8))
                {
                    parser.Space();
                    partial = parser.Partial();
                }
                else parser.Fail("no such modifier");
            }
            while (parser.TryTake(' '));
            parser.Take(')');
        }
        // RFC 7162 §3.2.6
        if (vanished && (!head.Uid || changedSince is null)) parser.Fail("VANISHED is for UID FETCH with CHANGEDSINCE");
        // RFC 9394 §3.3
        if (partial is not null && !head.Uid) parser.Fail("PARTIAL is for UID FETCH");
        return new FetchCommand(head.Tag, head.Uid, set, items, changedSince, vanished, partial);
    }
}

using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>RFC 5465 §8.</summary>
internal static class NotifyParser
{
    private const ImapNotifyEvents Messages = ImapNotifyEvents.MessageNew | ImapNotifyEvents.MessageExpunge;
    private const ImapNotifyEvents Changes = ImapNotifyEvents.FlagChange | ImapNotifyEvents.AnnotationChange;

    private static readonly ImapCode BadEvent = new("BADEVENT", "(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)");

    public static ImapCommand Notify(ref ImapParser parser, ImapCommandHead head)
    {
        var groups = new List<ImapNotifyGroup>();
        parser.Space();
        if (parser.TryWord("NONE"u8)) return new NotifyCommand(head.Tag, groups, false);
        if (!parser.TryWord("SET"u8)) parser.Fail("SET or NONE is expected");
        parser.Space();
        bool status = parser.TryWord("STATUS"u8);
        if (status) parser.Space();
        bool hasSelected = false;
        do
        {
            var group = Group(ref parser);
            bool isSelected = IsSelected(group.Filter);
            // RFC 5465 §6.1: one of the two, once
            if (isSelected && hasSelected) parser.Fail("the selected mailbox is there once");
            hasSelected |= isSelected;
            groups.Add(group);
        }
        while (parser.TryTake(' '));
        return new NotifyCommand(head.Tag, groups, status);
    }

    private static ImapNotifyGroup Group(ref ImapParser parser)
    {
        List<string> mailboxes = [];
        List<ImapFetchItem> items = [];
        parser.Take('(');
        var filter = Filter(ref parser);
        if (filter is ImapNotifyFilter.Subtree or ImapNotifyFilter.Mailboxes) Mailboxes(ref parser, mailboxes);
        parser.Space();
        var events = ImapNotifyEvents.None;
        if (!parser.TryWord("NONE"u8))
        {
            parser.Take('(');
            do events |= Event(ref parser, filter, items);
            while (parser.TryTake(' '));
            parser.Take(')');
        }
        parser.Take(')');
        // RFC 5465 §5
        if (events.HasFlag(ImapNotifyEvents.MessageNew) != events.HasFlag(ImapNotifyEvents.MessageExpunge)) parser.Fail("MessageNew and MessageExpunge go together");
        if ((events & Changes) != ImapNotifyEvents.None && !events.HasFlag(Messages)) parser.Fail("changes go with MessageNew and MessageExpunge");
        // RFC 5465 §6.1
        if (IsSelected(filter) && (events & ~(Messages | Changes)) != ImapNotifyEvents.None) parser.Fail("the selected mailbox has events of messages alone");
        return new(filter, mailboxes, events, items);
    }

    private static bool IsSelected(ImapNotifyFilter filter) => filter is ImapNotifyFilter.Selected or ImapNotifyFilter.SelectedDelayed;

    private static ImapNotifyFilter Filter(ref ImapParser parser)
    {
        switch (parser.Word())
        {
            case "SELECTED": return ImapNotifyFilter.Selected;
            case "SELECTED-DELAYED": return ImapNotifyFilter.SelectedDelayed;
            case "INBOXES": return ImapNotifyFilter.Inboxes;
            case "PERSONAL": return ImapNotifyFilter.Personal;
            case "SUBSCRIBED": return ImapNotifyFilter.Subscribed;
            case "SUBTREE": return ImapNotifyFilter.Subtree;
            case "MAILBOXES": return ImapNotifyFilter.Mailboxes;
            default:
                parser.Fail("no such mailboxes");
                return default;
        }
    }

    private static void Mailboxes(ref ImapParser parser, List<string> mailboxes)
    {
        parser.Space();
        if (!parser.TryTake('('))
        {
            mailboxes.Add(parser.Mailbox());
            return;
        }
        do mailboxes.Add(parser.Mailbox());
        while (parser.TryTake(' '));
        parser.Take(')');
    }

    private static ImapNotifyEvents Event(ref ImapParser parser, ImapNotifyFilter filter, List<ImapFetchItem> items)
    {
        switch (parser.Word())
        {
            case "MESSAGENEW":
                if (parser.StartsWith(" ("u8))
                {
                    // RFC 5465 §5.2: of others nothing is fetched
                    if (!IsSelected(filter)) parser.Fail("items are for the selected mailbox alone");
                    parser.Space();
                    items.AddRange(FetchItemParser.List(ref parser));
                }
                return ImapNotifyEvents.MessageNew;
            case "MESSAGEEXPUNGE": return ImapNotifyEvents.MessageExpunge;
            case "FLAGCHANGE": return ImapNotifyEvents.FlagChange;
            case "ANNOTATIONCHANGE": return ImapNotifyEvents.AnnotationChange;
            case "MAILBOXNAME": return ImapNotifyEvents.MailboxName;
            case "SUBSCRIPTIONCHANGE": return ImapNotifyEvents.SubscriptionChange;
            case "MAILBOXMETADATACHANGE": return ImapNotifyEvents.MailboxMetadataChange;
            case "SERVERMETADATACHANGE": return ImapNotifyEvents.ServerMetadataChange;
            default:
                // RFC 5465 §5: NO, and what there is
                parser.Fail("no such event", ImapStatus.No, BadEvent);
                return ImapNotifyEvents.None;
        }
    }
}

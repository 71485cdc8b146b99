using Mta.Mailbox;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Notifying;

/// <summary>What a client wants to be told without asking, of which mailboxes (RFC 5465 §5, §6).</summary>
/// <param name="groups">The names in them are spelled as the session has them.</param>
internal sealed class NotifyPlan(IReadOnlyList<ImapNotifyGroup> groups)
{
    public const ImapNotifyEvents Messages = ImapNotifyEvents.MessageNew | ImapNotifyEvents.MessageExpunge | ImapNotifyEvents.FlagChange;

    private readonly ImapNotifyEvents _any = groups.Aggregate(ImapNotifyEvents.None, (sum, g) => sum | g.Events);

    /// <summary>NOTIFY NONE.</summary>
    public static NotifyPlan Nothing { get; } = new([]);

    /// <summary>What is wanted of the selected mailbox; null for nothing (§3.1).</summary>
    public ImapNotifyGroup? Selected { get; } = groups.FirstOrDefault(g => g.Filter is ImapNotifyFilter.Selected or ImapNotifyFilter.SelectedDelayed);

    public ImapNotifyEvents OfSelected => Selected?.Events ?? ImapNotifyEvents.None;

    /// <summary>What is gone of the selected mailbox is told with the commands that allow it alone (§6.1.2).</summary>
    public bool IsDelayed => Selected?.Filter == ImapNotifyFilter.SelectedDelayed;

    public bool IsNothing => _any == ImapNotifyEvents.None;

    /// <summary>Some of these are wanted, of whatever mailbox.</summary>
    public bool Wants(ImapNotifyEvents events) => (_any & events) != 0;

    /// <summary>What is wanted of a mailbox that is not selected.</summary>
    public ImapNotifyEvents Of(string name, IReadOnlySet<string> subscriptions)
    {
        var events = ImapNotifyEvents.None;
        foreach (var group in groups)
            if (IsMeant(group, name, subscriptions)) events |= group.Events;
        return events;
    }

    private static bool IsMeant(ImapNotifyGroup group, string name, IReadOnlySet<string> subscriptions) => group.Filter switch
    {
        // §6.3: where mail is delivered to
        ImapNotifyFilter.Inboxes => name == MailboxName.Inbox,
        ImapNotifyFilter.Personal => !NamedMailbox.IsOthers(name),
        ImapNotifyFilter.Subscribed => subscriptions.Contains(name),
        ImapNotifyFilter.Subtree => group.Mailboxes.Any(top => name == top || name.StartsWith(MailboxName.Below(top), StringComparison.Ordinal)),
        ImapNotifyFilter.Mailboxes => group.Mailboxes.Contains(name),
        _ => false,
    };
}

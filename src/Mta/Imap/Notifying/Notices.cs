using Mta.Mailbox;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Notifying;

/// <summary>What has happened that a client may want to be told of, beside what concerns its selected mailbox. What is more than it can be kept waiting for is too much.</summary>
internal sealed class Notices
{
    private const int Most = 1000;

    private readonly Dictionary<long, (long Account, ImapNotifyEvents Events)> _messages = [];
    private readonly List<(long Account, MailboxEvent What)> _mailboxes = [];

    /// <summary>Mailboxes of which there are other messages now, or other flags.</summary>
    public IReadOnlyDictionary<long, (long Account, ImapNotifyEvents Events)> Messages => _messages;

    /// <summary>What has happened to mailboxes themselves, in order.</summary>
    public IReadOnlyList<(long Account, MailboxEvent What)> Mailboxes => _mailboxes;

    public bool HasNews => _messages.Count + _mailboxes.Count > 0;

    public bool IsTooMuch => _messages.Count + _mailboxes.Count > Most;

    /// <param name="selected">The id of the selected mailbox, which is told of by itself.</param>
    public void Take(MailboxProtocol.Happened happened, NotifyPlan plan, long? selected)
    {
        foreach (var what in happened.Events)
        {
            var events = Of(what);
            if (!plan.Wants(events) || IsTooMuch) continue;
            if (what is MailboxEvent.OfMessages { MailboxId: var id })
            {
                if (id != selected) _messages[id] = (happened.AccountId, events | _messages.GetValueOrDefault(id).Events);
            }
            // RFC 5465 §5.4: those below one that is renamed are not told
            else if (what is not MailboxEvent.Renamed renamed || !happened.Events.Any(other => other is MailboxEvent.Renamed above && IsBelow(renamed, above)))
                _mailboxes.Add((happened.AccountId, what));
        }
    }

    private static ImapNotifyEvents Of(MailboxEvent what) => what switch
    {
        MailboxEvent.Arrived => ImapNotifyEvents.MessageNew,
        MailboxEvent.Expunged => ImapNotifyEvents.MessageExpunge,
        MailboxEvent.Flagged => ImapNotifyEvents.FlagChange,
        MailboxEvent.Created or MailboxEvent.Deleted or MailboxEvent.Renamed => ImapNotifyEvents.MailboxName,
        MailboxEvent.Subscribed => ImapNotifyEvents.SubscriptionChange,
        MailboxEvent.Annotated { Acl: null } => ImapNotifyEvents.ServerMetadataChange,
        MailboxEvent.Annotated => ImapNotifyEvents.MailboxMetadataChange,
        // whatever is wanted of a mailbox, one must be able to see it
        MailboxEvent.AclChanged => ~ImapNotifyEvents.None,
        _ => ImapNotifyEvents.None,
    };

    private static bool IsBelow(MailboxEvent.Renamed one, MailboxEvent.Renamed other) => one.From.StartsWith(MailboxName.Below(other.From), StringComparison.Ordinal);
}

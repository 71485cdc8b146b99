namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 5465.</summary>
/// <param name="Groups">What the client wants to be told; empty for NONE.</param>
/// <param name="Status">A STATUS for each mailbox is wanted at once.</param>
public sealed record NotifyCommand(string Tag, IReadOnlyList<ImapNotifyGroup> Groups, bool Status) : ImapCommand(Tag, ImapVerb.Notify);

/// <summary>Events of some mailboxes (RFC 5465 §5, §6).</summary>
/// <param name="Mailboxes">Names, for SUBTREE and MAILBOXES.</param>
/// <param name="NewItems">What to fetch of each new message, for the selected mailbox.</param>
public sealed record ImapNotifyGroup(ImapNotifyFilter Filter, IReadOnlyList<string> Mailboxes, ImapNotifyEvents Events, IReadOnlyList<ImapFetchItem> NewItems);

public enum ImapNotifyFilter : byte { Selected, SelectedDelayed, Inboxes, Personal, Subscribed, Subtree, Mailboxes }

[Flags]
public enum ImapNotifyEvents : byte
{
    None = 0,
    MessageNew = 1,
    MessageExpunge = 2,
    FlagChange = 4,
    AnnotationChange = 8,
    MailboxName = 16,
    SubscriptionChange = 32,
    MailboxMetadataChange = 64,
    ServerMetadataChange = 128,
}

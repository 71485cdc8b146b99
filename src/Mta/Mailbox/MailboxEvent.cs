using System.Collections.Immutable;

namespace Mta.Mailbox;

/// <summary>What has happened to the mailboxes of an account, and is durable. In the order in which it happened, for each account.</summary>
public abstract record MailboxEvent
{
    private MailboxEvent() { }

    /// <summary>To the messages of one mailbox.</summary>
    /// <param name="ModSeq">The mailbox's HIGHESTMODSEQ then.</param>
    public abstract record OfMessages(long MailboxId, long ModSeq) : MailboxEvent;

    /// <summary>There are new messages.</summary>
    public sealed record Arrived(long MailboxId, long ModSeq, UidRun Uids) : OfMessages(MailboxId, ModSeq);

    /// <summary>Flags have changed, in order of the UIDs.</summary>
    public sealed record Flagged(long MailboxId, long ModSeq, ImmutableArray<MessageFlags> Messages) : OfMessages(MailboxId, ModSeq);

    /// <summary>Messages are gone.</summary>
    public sealed record Expunged(long MailboxId, long ModSeq, ImmutableArray<UidRun> Uids) : OfMessages(MailboxId, ModSeq);

    /// <summary>The mailbox has a new keyword.</summary>
    public sealed record KeywordsAdded(long MailboxId, long ModSeq, Keywords Keywords) : OfMessages(MailboxId, ModSeq);

    public sealed record Created(string Name) : MailboxEvent;

    /// <param name="Acl">Who could do what with it.</param>
    public sealed record Deleted(long MailboxId, string Name, Acl Acl) : MailboxEvent;

    public sealed record Renamed(long MailboxId, string From, string To) : MailboxEvent;

    /// <summary>An account was granted rights, or has lost some.</summary>
    /// <param name="Account">Which; <see cref="Acl.Anyone"/> for all.</param>
    public sealed record AclChanged(long MailboxId, string Name, long Account, Acl Before, Acl After) : MailboxEvent;

    /// <summary>Something was noted of a mailbox or of the server, or is not any more.</summary>
    /// <param name="Name">Empty for the server.</param>
    /// <param name="Account">Whose the private ones among the entries are.</param>
    /// <param name="Acl">Of the mailbox, null for the server.</param>
    public sealed record Annotated(string Name, long Account, ImmutableArray<string> Entries, Acl? Acl) : MailboxEvent;

    public sealed record Subscribed(string Name, bool IsSubscribed) : MailboxEvent;
}

/// <summary>The flags of a message now.</summary>
public readonly record struct MessageFlags(uint Uid, MailFlags Flags, long ModSeq);

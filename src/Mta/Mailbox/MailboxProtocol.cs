using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>What is told to the mailboxes of an account, and what they tell the sessions that are open on them.</summary>
public static class MailboxProtocol
{
    /// <summary>For one account: handed on to its actor.</summary>
    internal sealed record ForAccount(long AccountId, object Message);

    /// <summary>Make this change, after all that was asked for before.</summary>
    internal sealed record Make(AccountChange Change);

    /// <summary>From the commit thread: this change has ended.</summary>
    internal sealed record Ended(AccountChange Change);

    /// <summary>Tell this session (an actor) of all that happens from now on, until it stops or <see cref="Unwatch"/>.</summary>
    internal sealed record Watch(IActorRef Session, TaskCompletionSource Done);

    /// <summary>Another account has changed what this one may do with its mailboxes: its sessions are to know.</summary>
    /// <param name="Told">Those that know already, as they watch the other account too.</param>
    internal sealed record Shared(Happened Change, ImmutableHashSet<IActorRef> Told);

    /// <summary>Tell this session nothing more. What was told before may still come to it.</summary>
    internal sealed record Unwatch(IActorRef Session);

    /// <summary>Has happened in this account, in this order, and is durable.</summary>
    /// <param name="AccountId">The account whose mailboxes they are.</param>
    /// <param name="By">The session that has changed them, or nobody.</param>
    public sealed record Happened(long AccountId, ImmutableArray<MailboxEvent> Events, IActorRef By) : IDeadLetterSuppression;

    /// <summary>Give this POP3 session the maildrop for itself (RFC 1939 §4), until it stops or gives it back. Answered by <see cref="Locked"/>.</summary>
    internal sealed record LockMaildrop(IActorRef Session);

    /// <summary>This POP3 session does not need the maildrop any more.</summary>
    internal sealed record UnlockMaildrop(IActorRef Session);

    /// <param name="IsYours">Another session has it where false.</param>
    public sealed record Locked(bool IsYours) : IDeadLetterSuppression;
}

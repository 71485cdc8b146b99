using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>What others tell a queue partition, and what it answers.</summary>
public static class QueueProtocol
{
    /// <summary>
    /// The outcome of an attempt at some recipients of a job. Each recipient of a <see cref="Domains.DeliveryJob"/> is answered for exactly
    /// once, by this or by <see cref="Returned"/>; whoever holds a job when it stops answers for what is left.
    /// </summary>
    public sealed record Attempted(MessageId Id, string Domain, ImmutableArray<RecipientResult> Results);

    /// <summary>These recipients were not tried and count no attempt (shutdown, a crash of the holder): schedule them again.</summary>
    public sealed record Returned(MessageId Id, string Domain, ImmutableArray<int> Recipients);

    /// <summary>Tells its parent: the partition has recovered and works.</summary>
    public sealed record Ready(int Partition);

    /// <summary>Asks for a <see cref="Listing"/> of at most <paramref name="Limit"/> messages, oldest first.</summary>
    public sealed record List(QueueFilter Filter, int Limit);

    /// <param name="Total">How many messages match, also beyond the limit.</param>
    public sealed record Listing(ImmutableArray<QueueEntry> Entries, int Total);

    /// <summary>Asks to do something to all that matches; answered by <see cref="Changed"/>.</summary>
    public sealed record Change(QueueFilter Filter, QueueAction Action);

    public sealed record Changed(int Messages, int Recipients);

    /// <summary>Asks for <see cref="PartitionStatus"/>.</summary>
    public sealed record GetStatus
    {
        public static GetStatus Instance { get; } = new();
    }

    /// <param name="Messages">In the queue now.</param>
    /// <param name="Recipients">Of these messages, not yet settled.</param>
    public sealed record PartitionStatus(Ledger Ledger, int Messages, long Recipients, int Held, long InFlight, long Deferred, DateTimeOffset? Oldest);

    /// <summary>Asks for <see cref="Surveyed"/>: of a large queue it may be some seconds old.</summary>
    /// <param name="Domain">Counts this one (lower case) alone, now; null: all.</param>
    public sealed record Survey(string? Domain);

    /// <param name="At">When it was counted.</param>
    /// <param name="Others">Recipients in domains that were too many to be counted each.</param>
    public sealed record Surveyed(DateTimeOffset At, ImmutableArray<DomainQueue> Domains, int Others);

    /// <summary>Asks for <see cref="Attempts"/>.</summary>
    public sealed record GetAttempts
    {
        public static GetAttempts Instance { get; } = new();
    }

    /// <summary>How attempts ended within the last 10 to 20 seconds, by domain.</summary>
    /// <param name="Deferrals">Attempts that were deferred, since the partition was started.</param>
    public sealed record Attempts(ImmutableArray<DomainAttempts> Domains, long Deferrals);

    /// <summary>A domain is not suspended any more: what waits for it may go.</summary>
    public sealed record Resumed(string Domain) : Akka.Event.IDeadLetterSuppression;

    /// <summary>Asks the parent for <see cref="Partitions"/>.</summary>
    public sealed record GetPartitions
    {
        public static GetPartitions Instance { get; } = new();
    }

    /// <param name="Running">Those that have recovered; fewer than <paramref name="Count"/> while one is being started.</param>
    public sealed record Partitions(ImmutableArray<IActorRef> Running, int Count);

    /// <summary>Write what is left to the journal and stop.</summary>
    public sealed record Stop
    {
        public static Stop Instance { get; } = new();
    }
}

/// <summary>What became of one recipient (its index in the envelope).</summary>
public readonly record struct RecipientResult(int Recipient, DeliveryResult Result);

/// <summary>Recipients a second of one domain by how the attempts at them ended, and the last trouble of one.</summary>
public sealed record DomainAttempts(string Domain, double Delivered, double Deferred, double Failed, string? LastReply, string? LastHost);

/// <summary>What an operator can do to queued messages.</summary>
public enum QueueAction : byte
{
    /// <summary>Make it due now.</summary>
    Retry,
    Hold,
    Release,

    /// <summary>Give up and notify the sender.</summary>
    Bounce,

    /// <summary>Give up and tell nobody.</summary>
    Drop,
}

/// <summary>Which recipients of which messages: all that is not null must match. Addresses and domains match without regard to case.</summary>
public sealed record QueueFilter(MessageId? Id = null, string? Sender = null, string? Recipient = null, string? Domain = null)
{
    /// <summary>Every message matches.</summary>
    public bool IsAny => this is { Id: null, Sender: null, Recipient: null, Domain: null };

    /// <summary>An ASCII text in lower case that each matching message's envelope holds; empty where there is none.</summary>
    internal byte[] Mentions() =>
        new[] { Recipient, Domain, Sender }.FirstOrDefault(text => text is not (null or "" or "<>") && Ascii.IsValid(text)) is { } text
            ? Encoding.ASCII.GetBytes(text.ToLowerInvariant()) : [];
}

/// <summary>A queued message as the operator sees it.</summary>
public sealed record QueueEntry(
    MessageId Id, string Sender, DateTimeOffset ReceivedAt, long Size, bool Held, int Priority, string ClientAddress, ImmutableArray<QueueEntryRecipient> Recipients);

/// <param name="Status"><c>scheduled</c>, <c>inflight</c>, <c>delivered</c>, …</param>
/// <param name="LastReply">Of the last attempt, or null.</param>
public sealed record QueueEntryRecipient(
    string Address, string Domain, RecipientStatus Status, int Attempts, DateTimeOffset? Due, string? LastReply, string? LastHost);

using System.Collections.Immutable;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>What others tell a queue partition.</summary>
public static class QueueProtocol
{
    /// <summary>
    /// The outcome of an attempt at some recipients of a job. Each recipient of a <see cref="Domains.DeliveryJob"/> is answered for exactly
    /// once, by this or by <see cref="Returned"/>; whoever holds a job when it stops answers for what is left.
    /// </summary>
    public sealed record Attempted(MessageId Id, string Domain, ImmutableArray<RecipientResult> Results);

    /// <summary>These recipients were not tried and count no attempt (shutdown, a crash of the holder): schedule them again.</summary>
    public sealed record Returned(MessageId Id, string Domain, ImmutableArray<int> Recipients);
}

/// <summary>What became of one recipient (its index in the envelope).</summary>
public readonly record struct RecipientResult(int Recipient, DeliveryResult Result);

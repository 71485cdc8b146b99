using System.Collections.Immutable;
using Akka.Actor;
using Mta.Mail;
using Mta.Spool;

namespace Mta.Domains;

/// <summary>What the queue and the operator tell the destination domains.</summary>
public static class DomainProtocol
{
    /// <summary>Try this job. Answered for by <see cref="Queue.QueueProtocol"/> messages to <see cref="DeliveryJob.Queue"/>.</summary>
    public sealed record Deliver(DeliveryJob Job);

    /// <summary>Asks for a <see cref="DomainStatus"/>; a domain that has no actor answers with an idle one.</summary>
    public sealed record Describe(string Domain);

    /// <summary>Asks for <see cref="DomainStatuses"/> of all domains that have an actor.</summary>
    public sealed record DescribeAll;

    /// <summary>Forget the back-off and the cached addresses of a domain, or of all where null: the operator wants an attempt now.</summary>
    public sealed record Refresh(string? Domain);

    /// <summary>
    /// The program stops: return what waits, take nothing new, finish what is under way within the limit. Answered by <see cref="Drained"/>,
    /// then the actor stops.
    /// </summary>
    public sealed record Drain(TimeSpan Limit);

    public sealed record Drained
    {
        public static Drained Instance { get; } = new();
    }
}

/// <summary>Recipients of one message at one domain that are due.</summary>
/// <param name="Recipients">Indices into the envelope; all have <paramref name="Domain"/>.</param>
/// <param name="Attempt">1 for the first one.</param>
/// <param name="Queue">The partition that is to be told the outcome.</param>
public sealed record DeliveryJob(Envelope Envelope, StoredBody Body, string Domain, ImmutableArray<int> Recipients, int Attempt, IActorRef Queue);

/// <summary>What a domain is doing, for <c>mta queue why</c> and the metrics.</summary>
/// <param name="State">A sentence: <c>4 connections to mx1.example [192.0.2.1]:25</c>, <c>backing off until …: connection refused</c>.</param>
public sealed record DomainStatus(string Domain, string State, int Ready, int InFlight, int Connections, double Window, DateTimeOffset? BackOffUntil, string? LastError);

/// <inheritdoc cref="DomainProtocol.DescribeAll"/>
public sealed record DomainStatuses(ImmutableArray<DomainStatus> Domains);

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

    /// <summary>Forget the back-off and the cached addresses of a domain, or of all where null: the operator wants an attempt now.</summary>
    public sealed record Refresh(string? Domain);

    /// <summary>The domain is suspended: return what waits for it. What is under way ends.</summary>
    public sealed record Suspended(string Domain) : Akka.Event.IDeadLetterSuppression;

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
public sealed record DomainStatus(string Domain, string State, int Ready, int InFlight, int Connections, double Window, DateTimeOffset? BackOffUntil, string? LastError)
{
    /// <summary>The hosts as they make the site, <c>10 mx1.example:25, 20 mx2.example:25</c>; null while they are not known.</summary>
    public string? Site { get; init; }

    /// <summary>Each address of the hosts, in the order in which they are tried.</summary>
    public ImmutableArray<HostStatus> Hosts { get; init; } = [];

    /// <summary>Connections that the policy allows; <see cref="Window"/> is how many of them are used now.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Messages a second by the policy, or null for any.</summary>
    public double? Rate { get; init; }

    /// <summary>Messages a second for now, because the hosts complained; or null.</summary>
    public double? SlowedTo { get; init; }

    /// <summary>Null while mail goes to it.</summary>
    public DomainSuspension? Suspension { get; init; }
}

/// <summary>One address of a host.</summary>
/// <param name="Host"><c>mx.example [192.0.2.1]:25</c>.</param>
/// <param name="LastError">Of its last failure, null once it has taken a message.</param>
public sealed record HostStatus(string Host, int Preference, int Connections, DateTimeOffset? BackOffUntil, string? LastError, DateTimeOffset? FailedAt);

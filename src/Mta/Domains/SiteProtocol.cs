using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mta.Delivery;

namespace Mta.Domains;

/// <summary>What makes a site: its hosts in their order, and how they are spoken to.</summary>
/// <param name="Hosts"><c>10 mx1.example:25, 20 mx2.example:25</c>.</param>
internal sealed record SiteKey(string Hosts, SitePolicy Policy)
{
    public static SiteKey For(ImmutableArray<SiteHost> hosts, SitePolicy policy) => new(
        string.Join(", ", hosts.Select(h => (h.Preference, Text: $"{h.Preference} {h.Name.ToLowerInvariant()}:{h.Port}"))
            .Order().Select(h => h.Text)), policy);
}

/// <summary>Between domains and sites. Jobs go to a site as <see cref="DomainProtocol.Deliver"/>.</summary>
internal static class SiteProtocol
{
    /// <summary>From a domain, by way of the sites' parent: I will send jobs. Also tells of new addresses. Answered by <see cref="Attached"/>.</summary>
    public sealed record Attach(SiteKey Key, string Domain, ImmutableArray<SiteHost> Hosts);

    public sealed record Attached(SiteKey Key, IActorRef Site) : IDeadLetterSuppression;

    /// <summary>From a domain: I send no more jobs until I attach again. Those that are here are still carried out.</summary>
    public sealed record Detach(string Domain) : IDeadLetterSuppression;

    /// <summary>Asks a site for the <see cref="DomainStatus"/> of one of its domains, for the sender.</summary>
    public sealed record Describe(string Domain) : IDeadLetterSuppression;

    /// <summary>Return what waits for a domain.</summary>
    public sealed record Suspended(string Domain) : IDeadLetterSuppression;

    /// <summary>Forget the back-off.</summary>
    public sealed record Refresh : IDeadLetterSuppression
    {
        public static Refresh Instance { get; } = new();
    }

    /// <summary>Stop: return what waits, finish what is under way until the deadline passes, then stop.</summary>
    public sealed record Drain(TimeSpan Limit) : IDeadLetterSuppression;
}

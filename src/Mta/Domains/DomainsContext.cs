using Akka.Actor;
using Mta.Config;
using Mta.Delivery;
using Mta.Dns;

namespace Mta.Domains;

/// <summary>What domains and sites need.</summary>
/// <param name="IsOurs">Mail for a domain (lower case, A-labels) ends here: then MX records, which lead to us, are no way to its mailboxes.</param>
/// <param name="Connection">How an outgoing connection is made; see <see cref="DeliveryProtocol"/> for what it has to do.</param>
public sealed record DomainsContext(DeliveryContext Delivery, Live<RelayRoutes> Routes, IMxLookup Mx, Func<string, bool> IsOurs, Func<DeliveryTarget, Props> Connection)
{
    /// <summary>Where nothing is to be sent; null: mail goes everywhere.</summary>
    public DomainSuspensions? Suspensions { get; init; }

    /// <summary>Delivers to mailboxes here, where a domain of ours has no route elsewhere; null: then its mail waits.</summary>
    public Props? Local { get; init; }

    /// <summary>With connections that speak SMTP.</summary>
    public static DomainsContext Smtp(DeliveryContext delivery, Live<RelayRoutes> routes, IMxLookup mx, Func<string, bool> isOurs) =>
        new(delivery, routes, mx, isOurs, target => Props.Create<SmtpDeliveryActor>(target, delivery));
}

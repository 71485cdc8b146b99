using Akka.Actor;
using Mta.Config;
using Mta.Delivery;
using Mta.Dns;

namespace Mta.Domains;

/// <summary>What domains and sites need.</summary>
/// <param name="Connection">How an outgoing connection is made; see <see cref="DeliveryProtocol"/> for what it has to do.</param>
public sealed record DomainsContext(DeliveryContext Delivery, Live<RelayRoutes> Routes, IMxLookup Mx, Func<DeliveryTarget, Props> Connection)
{
    /// <summary>Where nothing is to be sent; null: mail goes everywhere.</summary>
    public DomainSuspensions? Suspensions { get; init; }

    /// <summary>With connections that speak SMTP.</summary>
    public static DomainsContext Smtp(DeliveryContext delivery, Live<RelayRoutes> routes, IMxLookup mx) =>
        new(delivery, routes, mx, target => Props.Create<SmtpDeliveryActor>(target, delivery));
}

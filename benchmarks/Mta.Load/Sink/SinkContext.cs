using System.Net.Security;

namespace Mta.Load.Sink;

/// <summary>What all connections of a sink share.</summary>
internal sealed record SinkContext(SinkOptions Options, World World, DeliveryCheck? Check, MailKeeper? Keeper, ReturnPost? Returns, SslServerAuthenticationOptions? Tls, TimeProvider Clock)
{
    /// <summary>Called after each accepted message.</summary>
    public required Action Accepted { get; init; }
}

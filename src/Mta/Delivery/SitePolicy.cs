using System.Globalization;
using System.Net;
using Mta.Config;
using Mta.Protocol.Sasl;

namespace Mta.Delivery;

/// <summary>What we want of TLS; <c>mta.delivery.tls</c>.</summary>
public enum TlsPolicy : byte { None, Opportunistic, Required, Verified }

/// <summary>What a next hop speaks: <c>protocol</c> of a route.</summary>
public enum NextHopProtocol : byte { Smtp, Lmtp }

/// <summary>
/// How the hosts of a destination are spoken to. Part of the identity of a site: destinations with the same hosts and different policies
/// share neither connections nor limits.
/// </summary>
/// <param name="Concurrency">Connections at most.</param>
/// <param name="MessagesPerSecond">The rate, or null for none.</param>
public sealed record SitePolicy(TlsPolicy Tls, IPAddress? SourceAddress, int Concurrency, double? MessagesPerSecond, SaslCredentials? Credentials)
{
    /// <summary>What the hosts speak.</summary>
    public NextHopProtocol Protocol { get; init; }

    /// <summary>Reads the keys that a section of its own has, and takes the rest from here. An empty value counts as none.</summary>
    public SitePolicy With(ConfigSection section) => this with
    {
        Tls = section.OptionalString("tls") is null ? Tls : section.Enum<TlsPolicy>("tls"),
        SourceAddress = section.Address("source-address") ?? SourceAddress,
        Concurrency = section.OptionalString("concurrency") is null ? Concurrency : section.Int("concurrency", 1, 10_000),
        MessagesPerSecond = section.OptionalString("rate") is null ? MessagesPerSecond : Rate(section),
    };

    /// <summary>Reads <c>100/s</c>, <c>100/m</c>, <c>100/h</c>; null where the value is empty.</summary>
    public static double? Rate(ConfigSection section)
    {
        if (section.OptionalString("rate") is not { } text) return null;
        double? seconds = text switch { [.., '/', 's'] => 1, [.., '/', 'm'] => 60, [.., '/', 'h'] => 3600, _ => null };
        return seconds is not null && int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count / seconds
            : throw section.Wrong("rate", $"must be a rate such as 100/s, 3000/m or 500/h, is \"{text}\"");
    }
}

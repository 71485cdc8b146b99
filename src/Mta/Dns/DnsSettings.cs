using System.Globalization;
using System.Net;
using Mta.Config;

namespace Mta.Dns;

/// <summary><c>mta.dns</c>; every key is explained in reference.conf.</summary>
public sealed record DnsSettings
{
    /// <summary>Empty: those of the system.</summary>
    public required IReadOnlyList<IPEndPoint> Servers { get; init; }
    public required TimeSpan Timeout { get; init; }
    public required int Tries { get; init; }
    public required TimeSpan MinTtl { get; init; }
    public required TimeSpan MaxTtl { get; init; }
    public required TimeSpan FailureTtl { get; init; }
    public required int CacheSize { get; init; }
    public required AddressFamilies AddressFamilies { get; init; }

    public static DnsSettings From(ConfigSection section) => new()
    {
        Servers = [.. section.Strings("servers").Select(s => IPEndPoint.TryParse(s, out var endPoint)
            ? new IPEndPoint(endPoint.Address, endPoint.Port == 0 ? 53 : endPoint.Port)
            : throw section.Wrong("servers", string.Create(CultureInfo.InvariantCulture, $"must be addresses such as 127.0.0.1:53, has \"{s}\"")))],
        Timeout = section.Duration("timeout"),
        Tries = section.Int("tries", 1, 10),
        MinTtl = section.Duration("min-ttl"),
        MaxTtl = section.Duration("max-ttl"),
        FailureTtl = section.Duration("failure-ttl"),
        CacheSize = section.Int("cache-size", 16),
        AddressFamilies = section.Enum<AddressFamilies>("address-families"),
    };
}

/// <summary>Which addresses of a host are used.</summary>
public enum AddressFamilies : byte { Any, Ipv4, Ipv6 }

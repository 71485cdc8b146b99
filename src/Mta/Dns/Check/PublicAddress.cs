using System.Net;

namespace Mta.Dns.Check;

/// <summary>Which addresses the world can reach.</summary>
public static class PublicAddress
{
    // RFC 1918, RFC 6598, RFC 3927, RFC 4193, and our own
    private static readonly IPNetwork[] Inside =
    [
        .. new[] { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128", "::/128" }
            .Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>It may be published: no network of its own kind, such as an office's, has it too.</summary>
    public static bool Is(IPAddress address) => !Inside.Any(n => n.Contains(address));
}

using System.Net;
using Mta.Config;

namespace Mta.Net;

/// <summary>What one of <c>mta.listeners</c> bears, whatever is spoken there: a section of any name with <c>mta.listener-defaults</c> behind it.</summary>
/// <param name="Backlog">Connections that the system completes while we are busy.</param>
/// <param name="Proxies">Peers that must begin with a PROXY header; no one else's is believed.</param>
public sealed record ListenerLimits(int Backlog, int MaxConnections, int MaxConnectionsPerAddress, IReadOnlyList<IPNetwork> Proxies)
{
    public static ListenerLimits From(ConfigSection listener) => new(
        listener.Int("backlog", min: 1),
        listener.Int("max-connections", min: 1),
        listener.Int("max-connections-per-address", min: 1),
        listener.Section("proxy-protocol").Networks("trusted"));
}

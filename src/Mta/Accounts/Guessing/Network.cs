using System.Net;
using System.Net.Sockets;

namespace Mta.Accounts.Guessing;

/// <summary>What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, for whoever has one address there has all of them.</summary>
internal static class Network
{
    public static IPAddress Of(IPAddress client)
    {
        if (client.IsIPv4MappedToIPv6) return client.MapToIPv4();
        if (client.AddressFamily != AddressFamily.InterNetworkV6) return client;
        Span<byte> octets = stackalloc byte[16];
        client.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new(octets);
    }
}

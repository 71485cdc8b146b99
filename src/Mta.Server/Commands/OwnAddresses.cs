using System.Net;
using System.Net.NetworkInformation;

namespace Mta.Server.Commands;

/// <summary>The addresses of this machine's interfaces.</summary>
internal static class OwnAddresses
{
    /// <summary>Without loopback and link-local ones; behind address translation they are not what the world sees.</summary>
    public static IPAddress[] Find() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal).Distinct(),
    ];
}

using System.Net;
using System.Net.Sockets;

namespace Mta.Dns.Check;

/// <summary>Our hostname: it has addresses that the world can reach, and each of them leads back to it.</summary>
/// <param name="own">The addresses of this machine's interfaces.</param>
internal sealed class HostCheck(Questions dns, string hostname, IReadOnlyCollection<IPAddress> own)
{
    private const int MaxAddresses = 16;

    public async Task<(IReadOnlyList<DnsFinding> Findings, IReadOnlyList<IPAddress> Addresses)> RunAsync(CancellationToken cancel)
    {
        var reply = await dns.Addresses(hostname, cancel).ConfigureAwait(false);
        if (reply.Failure is { } failure) return ([DnsFinding.Unanswered("hostname", hostname, failure)], []);
        if (reply.Values.Count == 0)
            return ([DnsFinding.Fail("hostname", hostname, "has no address", "publish an A record (and AAAA, if this machine has IPv6) for it, or set mta.hostname to a name that has one")], []);
        var (addresses, findings) = (reply.Values.Take(MaxAddresses).ToArray(), new List<DnsFinding>());
        string list = string.Join(", ", addresses.Select(a => a.ToString()));
        if (addresses.Where(a => !PublicAddress.Is(a)).ToArray() is { Length: > 0 } inside)
            findings.Add(DnsFinding.Fail("hostname", hostname, $"has addresses that nobody outside can reach: {string.Join(", ", inside.Select(a => a.ToString()))}", "publish the public addresses, and no others"));
        // RFC 2181 §10.3: the name of an MX record must not be an alias
        else if (reply.IsAlias)
            findings.Add(DnsFinding.Warn("hostname", hostname, $"is an alias (CNAME) of a name with {list}", "publish A and AAAA records instead: MX records must not name an alias"));
        else if (!addresses.Any(own.Contains))
            findings.Add(DnsFinding.Warn("hostname", hostname, $"has {list}, none of which is this machine's", "nothing, if this machine is behind address translation or a balancer; else publish its own address"));
        else findings.Add(DnsFinding.Ok("hostname", hostname, $"has {list}"));
        findings.AddRange(await Task.WhenAll(addresses.Where(PublicAddress.Is).Select(a => Reverse(a, cancel))).ConfigureAwait(false));
        return (findings, addresses);
    }

    // RFC 1912 §2.1. Many servers take nothing from an address without it, or with a name that does not lead back.
    private async Task<DnsFinding> Reverse(IPAddress address, CancellationToken cancel)
    {
        string text = address.ToString();
        var reply = await dns.Names(address, cancel).ConfigureAwait(false);
        if (reply.Failure is { } failure) return DnsFinding.Unanswered("reverse", text, failure);
        string toDo = $"let the provider of the address set its reverse name (PTR) to {hostname}"
            + (address.AddressFamily == AddressFamily.InterNetworkV6 ? ", or send by IPv4 alone (mta.dns.address-families = ipv4)" : "");
        if (reply.Values.Count == 0) return DnsFinding.Fail("reverse", text, "has no reverse name", toDo);
        if (reply.Values.Contains(hostname))
            return reply.Values.Count == 1 ? DnsFinding.Ok("reverse", text, $"leads back to {hostname}")
                : DnsFinding.Warn("reverse", text, $"has {reply.Values.Count} reverse names, {hostname} among them", "keep that one alone: others look at any of them");
        string name = reply.Values[0];
        bool leadsBack = (await dns.Addresses(name, cancel).ConfigureAwait(false)).Values.Contains(address);
        return leadsBack ? DnsFinding.Warn("reverse", text, $"is called {name}, not {hostname}", toDo)
            : DnsFinding.Fail("reverse", text, $"is called {name}, which does not lead back to it", toDo);
    }
}

using System.Net;

namespace Mta.Dns.Check;

/// <summary>Mail for a domain finds us (RFC 5321 §5.1).</summary>
/// <param name="addresses">Of our hostname.</param>
internal sealed class MxCheck(Questions dns, string hostname, IReadOnlyCollection<IPAddress> addresses)
{
    private const string Check = "mx";
    private const int MaxHosts = 10;

    public async Task<DnsFinding> RunAsync(string domain, CancellationToken cancel)
    {
        var reply = await dns.Exchangers(domain, cancel).ConfigureAwait(false);
        if (reply.Failure is { } failure) return DnsFinding.Unanswered(Check, domain, failure);
        string toDo = $"publish: {domain}. IN MX 10 {hostname}.";
        if (reply.Values.Count == 0)
        {
            // RFC 5321 §5.1: then its own address is the mail host
            bool isOurs = (await dns.Addresses(domain, cancel).ConfigureAwait(false)).Values.Any(addresses.Contains);
            return isOurs ? DnsFinding.Warn(Check, domain, "has no MX; mail comes to its own address, which is ours", toDo) : DnsFinding.Fail(Check, domain, "has no MX", toDo);
        }
        // RFC 7505
        if (reply.Values.All(v => v.Host.Length == 0)) return DnsFinding.Fail(Check, domain, "says that it takes no mail (null MX)", toDo);
        var hosts = reply.Values.OrderBy(v => v.Preference).Take(MaxHosts).ToArray();
        string list = string.Join(", ", hosts.Select(h => $"{h.Preference} {h.Host}"));
        if (hosts.FirstOrDefault(h => h.Host == hostname) is { Host: not null } ours)
            return hosts[0].Preference == ours.Preference ? DnsFinding.Ok(Check, domain, $"points here: {list}")
                : DnsFinding.Warn(Check, domain, $"points here after other hosts: {list}", "nothing, if those pass mail on to here");
        foreach (var (_, host) in hosts)
            if ((await dns.Addresses(host, cancel).ConfigureAwait(false)).Values.Any(addresses.Contains))
                return DnsFinding.Warn(Check, domain, $"points here by another name, {host}", $"{toDo} A certificate must be for the name that the MX says.");
        return DnsFinding.Fail(Check, domain, $"points elsewhere: {list}", toDo);
    }
}

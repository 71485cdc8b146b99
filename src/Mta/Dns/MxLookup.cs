using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Mta.Protocol.Addresses;

namespace Mta.Dns;

/// <summary>RFC 5321 §5.1 on top of the DNS.</summary>
/// <param name="ownName">Our host name: where it is among the MX hosts, only better ones are left.</param>
public sealed class MxLookup(DnsSettings settings, string ownName, TimeProvider clock) : IMxLookup
{
    // More than any real domain has; a hostile one must not make us ask for ever.
    private const int MaxHosts = 20, MaxAddresses = 20;
    private static readonly TimeSpan LiteralValidity = TimeSpan.FromHours(1);
    private readonly DnsCache _dns = new(settings, clock);

    /// <inheritdoc/>
    public async Task<MxResult> LookupMxAsync(string domain, CancellationToken cancel)
    {
        if (domain.StartsWith('['))
            return DomainName.ParseLiteral(domain) is { } literal ? Literal(domain, literal) : new MxResult.NoSuchDomain($"{domain} is no address");
        var mx = await _dns.Ask(domain, QueryType.MX).WaitAsync(cancel).ConfigureAwait(false);
        return mx.Outcome switch
        {
            DnsCache.Outcome.Failure => new MxResult.TemporaryFailure(mx.Reason),
            DnsCache.Outcome.NoSuchName => new MxResult.NoSuchDomain($"domain {domain} does not exist"),
            // RFC 5321 §5.1: no MX at all means an implicit one, of preference 0, to the domain itself
            DnsCache.Outcome.NoData => await Resolve([(domain, 0)], mx.Ttl, $"domain {domain} has neither MX nor address", cancel).ConfigureAwait(false),
            _ => await Exchangers(domain, mx, cancel).ConfigureAwait(false),
        };
    }

    /// <inheritdoc/>
    public Task<MxResult> LookupHostAsync(string host, CancellationToken cancel) =>
        IPAddress.TryParse(host, out var address)
            ? Task.FromResult<MxResult>(Literal(host, address))
            : Resolve([(host, 0)], settings.MaxTtl, $"host {host} has no address", cancel);

    /// <inheritdoc/>
    public void Forget(string? domain) => _dns.Forget(domain);

    private async Task<MxResult> Exchangers(string domain, DnsCache.Answer mx, CancellationToken cancel)
    {
        var records = mx.Records.OfType<MxRecord>().Select(r => (Host: r.Exchange.Value.TrimEnd('.').ToLowerInvariant(), Preference: (int)r.Preference)).ToArray();
        // RFC 7505 §3: a single MX of preference 0 with an empty name
        if (records.All(r => r.Host.Length == 0)) return new MxResult.NullMx();
        var hosts = records.Where(r => r.Host.Length > 0).Distinct().ToArray();
        // RFC 5321 §5.1: we are in the list: drop ourselves and all that are no better, or mail would go in circles
        int own = hosts.Where(h => string.Equals(h.Host, ownName, StringComparison.OrdinalIgnoreCase)).Select(h => h.Preference).DefaultIfEmpty(int.MaxValue).Min();
        var better = hosts.Where(h => h.Preference < own).ToArray();
        if (better.Length == 0) return new MxResult.Loop($"mail for {domain} loops back to {ownName}");
        Random.Shared.Shuffle(better); // RFC 5321 §5.1: at random among equals
        var ordered = better.OrderBy(h => h.Preference).Take(MaxHosts).ToArray();
        return await Resolve(ordered, mx.Ttl, $"no MX host of {domain} has an address", cancel).ConfigureAwait(false);
    }

    private async Task<MxResult> Resolve((string Host, int Preference)[] hosts, TimeSpan ttl, string none, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(hosts.Select(h => Addresses(h.Host))).WaitAsync(cancel).ConfigureAwait(false);
        var found = ImmutableArray.CreateBuilder<MxHost>();
        string? failure = null;
        for (int i = 0; i < hosts.Length; i++)
        {
            var (addresses, hostTtl, reason) = answers[i];
            if (addresses.Length > 0)
            {
                found.Add(new(hosts[i].Host, hosts[i].Preference, addresses));
                if (hostTtl < ttl) ttl = hostTtl;
            }
            else failure ??= reason;
        }
        // RFC 5321 §5.1: unusable MX records are an error, but what could not be asked may come back
        return found.Count > 0 ? new MxResult.Found(found.ToImmutable(), ttl)
            : failure is not null ? new MxResult.TemporaryFailure(failure)
            : new MxResult.NoSuchDomain(none);
    }

    private async Task<(ImmutableArray<IPAddress> Addresses, TimeSpan Ttl, string? Failure)> Addresses(string host)
    {
        var families = settings.AddressFamilies;
        var none = Task.FromResult(new DnsCache.Answer(DnsCache.Outcome.NoData, [], settings.MaxTtl));
        var v4 = families == AddressFamilies.Ipv6 ? none : _dns.Ask(host, QueryType.A);
        var v6 = families == AddressFamilies.Ipv4 ? none : _dns.Ask(host, QueryType.AAAA);
        DnsCache.Answer[] answers = [await v6.ConfigureAwait(false), await v4.ConfigureAwait(false)];
        var (six, four) = (Shuffled(answers[0]), Shuffled(answers[1]));
        // in turn, so that a broken family costs one try and not all
        var mixed = ImmutableArray.CreateBuilder<IPAddress>();
        for (int i = 0; i < Math.Max(six.Length, four.Length) && mixed.Count < MaxAddresses; i++)
        {
            if (i < six.Length) mixed.Add(six[i]);
            if (i < four.Length) mixed.Add(four[i]);
        }
        string? failure = answers.FirstOrDefault(a => a.Outcome == DnsCache.Outcome.Failure)?.Reason;
        return (mixed.ToImmutable(), answers.Where(a => a.Outcome == DnsCache.Outcome.Found).Select(a => a.Ttl).DefaultIfEmpty(settings.MinTtl).Min(), failure);

        static IPAddress[] Shuffled(DnsCache.Answer answer)
        {
            IPAddress[] addresses = [.. answer.Records.OfType<AddressRecord>().Select(r => r.Address)];
            Random.Shared.Shuffle(addresses);
            return addresses;
        }
    }

    private static MxResult Literal(string name, IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            ? new MxResult.Found([new(name, 0, [address])], LiteralValidity)
            : new MxResult.NoSuchDomain($"{name} is no address");
}

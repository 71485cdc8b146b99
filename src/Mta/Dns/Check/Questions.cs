using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Mta.Dns.Check;

/// <summary>What the checks ask of the DNS.</summary>
internal sealed class Questions(DnsSettings settings, TimeProvider clock)
{
    // More than a good zone has; a hostile one must not fill the terminal.
    private const int MaxValues = 100;
    private readonly DnsCache _dns = new(settings, clock);

    /// <param name="Values">Empty where there are none.</param>
    /// <param name="Failure">Why there is no answer; null when there is one.</param>
    /// <param name="IsAlias">The values belong to the name that this one is a CNAME of.</param>
    internal sealed record Reply<T>(IReadOnlyList<T> Values, string? Failure = null, bool IsAlias = false);

    /// <summary>IPv4 and IPv6.</summary>
    public async Task<Reply<IPAddress>> Addresses(string host, CancellationToken cancel)
    {
        var both = await Task.WhenAll(
            Ask<ARecord, IPAddress>(host, QueryType.A, r => r.Address, cancel), Ask<AaaaRecord, IPAddress>(host, QueryType.AAAA, r => r.Address, cancel)).ConfigureAwait(false);
        IPAddress[] all = [.. both.SelectMany(r => r.Values)];
        return new(all, all.Length > 0 ? null : both.Select(r => r.Failure).FirstOrDefault(f => f is not null), both.Any(r => r.IsAlias));
    }

    public Task<Reply<(int Preference, string Host)>> Exchangers(string domain, CancellationToken cancel) =>
        Ask<MxRecord, (int, string)>(domain, QueryType.MX, r => (r.Preference, Name(r.Exchange)), cancel);

    /// <summary>TXT records, each put together from its parts.</summary>
    public Task<Reply<string>> Texts(string name, CancellationToken cancel) => Ask<TxtRecord, string>(name, QueryType.TXT, r => string.Concat(r.Text), cancel);

    /// <summary>The names that an address is said to belong to.</summary>
    public Task<Reply<string>> Names(IPAddress address, CancellationToken cancel) =>
        Ask<PtrRecord, string>(address.GetArpaName().TrimEnd('.'), QueryType.PTR, r => Name(r.PtrDomainName), cancel);

    private async Task<Reply<T>> Ask<TRecord, T>(string name, QueryType type, Func<TRecord, T> value, CancellationToken cancel) where TRecord : DnsResourceRecord
    {
        var answer = await _dns.Ask(name, type).WaitAsync(cancel).ConfigureAwait(false);
        if (answer.Outcome == DnsCache.Outcome.Failure) return new([], answer.Reason);
        var records = answer.Records.OfType<TRecord>().Take(MaxValues).ToArray();
        return new([.. records.Select(value)], null, records.Any(r => !Name(r.DomainName).Equals(name, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Name(DnsString name) => name.Value.TrimEnd('.').ToLowerInvariant();
}

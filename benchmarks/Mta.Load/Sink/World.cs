using System.Globalization;
using System.Net;

namespace Mta.Load.Sink;

/// <summary>One of a provider's machines: a name in the DNS, and an address we listen on.</summary>
internal sealed record MailHost(string Name, IPAddress Address, Provider Provider);

/// <summary>
/// Who serves what: the domains <c>d1.test</c> to <c>dN.test</c> are spread over the providers by weight, always in the same way, and so are the
/// addresses. With fewer addresses than providers they share them, and a connection's provider shows at its first recipient.
/// </summary>
internal sealed class World
{
    private const double Golden = 0.6180339887498949;
    private readonly (Provider Provider, double UpTo)[] _shares;
    private readonly Dictionary<Provider, MailHost[]> _hosts;
    private readonly Dictionary<IPAddress, Provider?> _providerAt = [];

    public World(IReadOnlyList<(Provider Provider, double Weight)> providers, IReadOnlyList<IPAddress> addresses, int domains)
    {
        Providers = [.. providers.Select(p => p.Provider)];
        Domains = domains;
        double total = providers.Sum(p => p.Weight), sum = 0;
        _shares = [.. providers.Select(p => (p.Provider, (sum += p.Weight) / total))];

        var hosts = new List<MailHost>();
        for (int i = 0; i < Math.Max(addresses.Count, Providers.Count); i++)
        {
            var provider = i < Providers.Count ? Providers[i] : Pick(i);
            var address = addresses[i % addresses.Count];
            int number = hosts.Count(h => h.Provider == provider) + 1;
            hosts.Add(new(string.Create(CultureInfo.InvariantCulture, $"mx{number}.{provider.Profile.Name.ToLowerInvariant()}.test"), address, provider));
            _providerAt[address] = !_providerAt.TryGetValue(address, out var other) || other == provider ? provider : null;
        }
        Hosts = hosts;
        _hosts = hosts.GroupBy(h => h.Provider).ToDictionary(g => g.Key, g => g.ToArray());
    }

    public IReadOnlyList<Provider> Providers { get; }
    public IReadOnlyList<MailHost> Hosts { get; }
    public int Domains { get; }

    /// <summary>Whose connections those to a local address are; null where several providers share it.</summary>
    public Provider? ProviderAt(IPAddress address) => Providers.Count == 1 ? Providers[0] : _providerAt.GetValueOrDefault(address);

    /// <summary>Who serves a domain; the first provider serves what is not ours.</summary>
    public Provider ProviderOf(string domain) => Providers.Count == 1 || Number(domain) is not { } number ? Providers[0] : Pick(number);

    /// <summary>The MX host of the domain of this number, from 1.</summary>
    public MailHost HostOf(int number)
    {
        var hosts = _hosts[Pick(number)];
        return hosts[number % hosts.Length];
    }

    public int DomainsOf(Provider provider) => Enumerable.Range(1, Domains).Count(n => Pick(n) == provider);

    /// <summary>17 for <c>d17.test</c>, null for what is no domain of ours.</summary>
    public int? Number(ReadOnlySpan<char> domain) =>
        domain.Length > 6 && domain[0] == 'd' && domain[1] != '0' && domain.EndsWith(".test", StringComparison.Ordinal)
        && int.TryParse(domain[1..^5], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= Domains ? number : null;

    // multiples of the golden ratio fall evenly, so that every prefix of the domains has about the shares that were asked for
    private Provider Pick(int number)
    {
        double at = number * Golden % 1;
        foreach (var (provider, upTo) in _shares)
            if (at < upTo) return provider;
        return _shares[^1].Provider;
    }
}

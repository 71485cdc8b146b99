using System.Collections.Immutable;
using System.Net;

namespace Mta.Dns.Check;

/// <summary>Looks at what the DNS says of us, as others will. Changes nothing.</summary>
/// <param name="hostname">Ours, in A-labels.</param>
/// <param name="own">The addresses of this machine's interfaces.</param>
public sealed class DnsCheck(DnsSettings settings, string hostname, IReadOnlyCollection<IPAddress> own, TimeProvider clock)
{
    // domains looked at together: a resolver has others to serve
    private const int Parallel = 8;

    /// <param name="domains">Those whose mail ends here, in A-labels.</param>
    public async Task<DnsReport> RunAsync(IReadOnlyCollection<string> domains, CancellationToken cancel)
    {
        var dns = new Questions(settings, clock);
        var (findings, addresses) = await new HostCheck(dns, hostname, own).RunAsync(cancel).ConfigureAwait(false);
        var (mx, sender) = (new MxCheck(dns, hostname, addresses), new SenderCheck(dns, addresses));
        var all = ImmutableArray.CreateBuilder<DnsFinding>();
        all.AddRange(findings);
        foreach (string[] some in domains.Chunk(Parallel))
        {
            var found = await Task.WhenAll(some.Select(d => Task.WhenAll(mx.RunAsync(d, cancel), sender.SpfAsync(d, cancel), sender.DmarcAsync(d, cancel)))).ConfigureAwait(false);
            foreach (var domain in found) all.AddRange(domain);
        }
        return new(all.ToImmutable(), [.. addresses]);
    }
}

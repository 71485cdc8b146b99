using System.Collections.Immutable;
using System.Net;

namespace Mta.Dns;

/// <summary>Finds the hosts that take mail for a domain (RFC 5321 §5.1). Safe from any thread; never throws for what the DNS says.</summary>
public interface IMxLookup
{
    /// <summary>MX hosts of a domain, or the domain itself where it has none (implicit MX), or an address literal's address.</summary>
    /// <param name="domain">A-labels, or an address literal in brackets.</param>
    Task<MxResult> LookupMxAsync(string domain, CancellationToken cancel);

    /// <summary>The addresses of one host of a route: a name (no MX is looked for) or an IP address.</summary>
    Task<MxResult> LookupHostAsync(string host, CancellationToken cancel);

    /// <summary>Forgets what is cached for a domain, or all where null.</summary>
    void Forget(string? domain);
}

/// <summary>Closed: <see cref="Found"/>, <see cref="NullMx"/>, <see cref="NoSuchDomain"/>, <see cref="Loop"/> or <see cref="TemporaryFailure"/>.</summary>
public abstract record MxResult
{
    /// <summary>
    /// Hosts that have at least one address, best preference first, in random order among equals; those that are no better than
    /// ourselves are gone. The answer may be used for <paramref name="ValidFor"/>.
    /// </summary>
    public sealed record Found(ImmutableArray<MxHost> Hosts, TimeSpan ValidFor) : MxResult;

    /// <summary>The domain says that it takes no mail: 556 5.1.10 (RFC 7505 §4).</summary>
    public sealed record NullMx : MxResult;

    /// <summary>The domain or all its hosts do not exist: permanent, 5.1.2 or 5.4.4.</summary>
    public sealed record NoSuchDomain(string Reason) : MxResult;

    /// <summary>The best MX is ourselves, and we do not take mail for the domain: permanent, 5.4.6.</summary>
    public sealed record Loop(string Reason) : MxResult;

    /// <summary>Time-out, SERVFAIL, nonsense: defer with 4.4.3. Never a reason to bounce.</summary>
    public sealed record TemporaryFailure(string Reason) : MxResult;
}

/// <summary>A host and its addresses, IPv6 and IPv4 mixed in the order in which to try them.</summary>
public sealed record MxHost(string Name, int Preference, ImmutableArray<IPAddress> Addresses);

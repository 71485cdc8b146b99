using System.Collections.Frozen;

namespace Mta.Tls;

/// <summary>All certificates of a moment, by the names that they are for. Immutable.</summary>
internal sealed class CertificateSet
{
    private readonly FrozenDictionary<string, ServerCertificate[]> _byHost;

    /// <param name="all">The earlier goes before the later; the first is the one for names that nobody has.</param>
    public CertificateSet(IReadOnlyList<ServerCertificate> all)
    {
        All = all;
        _byHost = all.SelectMany(c => c.Hosts.Select(host => (Host: host, Certificate: c))).GroupBy(p => p.Host, p => p.Certificate)
            .ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
    }

    public IReadOnlyList<ServerCertificate> All { get; }

    /// <summary>
    /// The certificate for a name: one that has it, else one with a wildcard for it (RFC 9525 §6.3), else the first; of several the first
    /// that is valid. Null where there is none at all.
    /// </summary>
    /// <param name="sent">As the client sent it (RFC 6066 §3), or null.</param>
    public ServerCertificate? Find(string? sent, DateTimeOffset now)
    {
        if (HostNames.Normalize(sent) is { } host)
        {
            if (_byHost.TryGetValue(host, out var exact)) return Best(exact, now);
            if (HostNames.Wildcard(host) is { } wildcard && _byHost.TryGetValue(wildcard, out var covering)) return Best(covering, now);
        }
        return All.Count == 0 ? null : Best(All, now);
    }

    // an expired one is better than none: most peers take any certificate, and say so to their users otherwise
    private static ServerCertificate Best(IReadOnlyList<ServerCertificate> candidates, DateTimeOffset now)
    {
        foreach (var candidate in candidates)
            if (candidate.IsValidAt(now)) return candidate;
        return candidates[0];
    }
}

using System.Collections.Immutable;
using System.Net;
using Mta.Delivery;
using Mta.Protocol.Smtp;

namespace Mta.Domains;

/// <summary>A host of a site: its name, port, preference (low is better) and addresses in the order in which to try them.</summary>
public sealed record SiteHost(string Name, int Port, int Preference, ImmutableArray<IPAddress> Addresses);

/// <summary>
/// The addresses of a site's hosts: which to connect to next, and which to leave alone because they failed. Better preferences come first
/// (RFC 5321 §5.1), hosts of the same preference share the load, and each address of a host is tried.
/// </summary>
public sealed class SiteHosts
{
    private ImmutableArray<(int Preference, ImmutableArray<SiteAddress> Addresses)> _hosts = [];

    public IEnumerable<SiteAddress> Addresses => _hosts.SelectMany(h => h.Addresses);

    /// <summary>Takes a new answer of the DNS; what is known of addresses that stay is kept.</summary>
    public void Update(ImmutableArray<SiteHost> hosts)
    {
        var known = new Dictionary<(string, IPEndPoint), SiteAddress>();
        foreach (var address in Addresses) known[(address.HostName, address.EndPoint)] = address;
        _hosts =
        [
            .. hosts.OrderBy(h => h.Preference).Select(h => (h.Preference, (ImmutableArray<SiteAddress>)
            [
                .. h.Addresses.Select(a => known.GetValueOrDefault((h.Name, new(a, h.Port))) ?? new SiteAddress(h.Name, new(a, h.Port))),
            ])),
        ];
    }

    /// <summary>
    /// The address for the next connection, or null where all are backing off or have as many connections as they may. A worse
    /// preference is for when all better ones are backing off, not for when they are busy.
    /// </summary>
    public SiteAddress? Pick(DateTimeOffset now, int connectionLimit, Random random)
    {
        for (int start = 0, end; start < _hosts.Length; start = end)
        {
            int preference = _hosts[start].Preference;
            for (end = start; end < _hosts.Length && _hosts[end].Preference == preference;) end++;
            bool works = false;
            int count = end - start, first = random.Next(count);
            for (int i = 0; i < count; i++)
                foreach (var address in _hosts[start + (first + i) % count].Addresses)
                {
                    if (address.IsBackingOff(now)) continue;
                    works = true;
                    if (address.Connections < connectionLimit) return address;
                }
            if (works) return null;
        }
        return null;
    }

    public bool AllAreBackingOff(DateTimeOffset now) => Addresses.All(a => a.IsBackingOff(now));

    /// <summary>When the first address may be tried again, or null where one may be now.</summary>
    public DateTimeOffset? BackOffUntil(DateTimeOffset now) => AllAreBackingOff(now) ? Addresses.Min(a => a.BackOffUntil) : null;

    /// <summary>The address that failed last.</summary>
    public SiteAddress? LastFailed => Addresses.Where(a => a.LastError is not null).MaxBy(a => a.FailedAt);

    /// <summary>All addresses, for the operator.</summary>
    public ImmutableArray<HostStatus> Describe(DateTimeOffset now) =>
    [
        .. _hosts.SelectMany(h => h.Addresses.Select(a => new HostStatus(a.Display, h.Preference, a.Connections,
            a.IsBackingOff(now) ? a.BackOffUntil : null, a.LastError?.ToString(), a.LastError is null ? null : a.FailedAt))),
    ];

    public void ClearBackOff()
    {
        foreach (var address in Addresses) address.Clear();
    }
}

/// <summary>One address of a host, and how it has been doing.</summary>
public sealed class SiteAddress(string hostName, IPEndPoint endPoint)
{
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);
    private int _failures;
    private DateTimeOffset? _servedAt;

    public string HostName { get; } = hostName;
    public IPEndPoint EndPoint { get; } = endPoint;
    public int Connections { get; set; }
    public DateTimeOffset? BackOffUntil { get; private set; }
    public DateTimeOffset FailedAt { get; private set; }
    public SmtpReply? LastError { get; private set; }

    /// <summary><c>mx.example [192.0.2.1]:25</c>.</summary>
    public string Display { get; } = $"{hostName} [{endPoint.Address}]:{endPoint.Port}";

    public bool IsBackingOff(DateTimeOffset now) => BackOffUntil > now;

    /// <summary>It could not be reached, or sent us away before it took anything: no new connection for a while, longer each time.</summary>
    public void Failed(SmtpReply error, DateTimeOffset now, BackOffSettings settings, Random random)
    {
        (LastError, FailedAt) = (error, now);
        // connections that were opened together fail together: that is one failure
        if (IsBackingOff(now)) return;
        double wait = Math.Min(settings.Max.TotalSeconds, settings.Min.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 30)));
        BackOffUntil = now + TimeSpan.FromSeconds(wait * (1 + settings.Jitter * (2 * random.NextDouble() - 1)));
    }

    /// <summary>
    /// RFC 5321 §3.8: 421 is about the channel. From a host that takes our mail otherwise it says that we are too fast for it, not that it is gone.
    /// </summary>
    public bool SlowsUsDown(SmtpReply error, DateTimeOffset now) => error.Code == 421 && now - _servedAt < Lately;

    /// <summary>It carried a message to its end.</summary>
    public void Succeeded(DateTimeOffset now)
    {
        _servedAt = now;
        Clear();
    }

    /// <summary>Forgets that it failed.</summary>
    public void Clear()
    {
        _failures = 0;
        BackOffUntil = null;
        LastError = null;
    }
}

using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mta.Load.Sink;

namespace Mta.Load.Dns;

/// <summary>
/// The names of a sink's world, all below <c>test</c> (RFC 6761 §6.2). Beside its domains there are names that misbehave, also for
/// everything below them: servfail.test, nxdomain.test, timeout.test, truncate.test, slow.test and null-mx.test.
/// </summary>
internal sealed class SinkZone
{
    private static readonly Dictionary<string, DnsBehaviour> Misbehaved = new(StringComparer.Ordinal)
    {
        ["servfail.test"] = DnsBehaviour.ServFail,
        ["nxdomain.test"] = DnsBehaviour.NxDomain,
        ["timeout.test"] = DnsBehaviour.Timeout,
        ["truncate.test"] = DnsBehaviour.Truncate,
        ["slow.test"] = DnsBehaviour.Slow,
        ["null-mx.test"] = DnsBehaviour.NullMx,
    };

    // RFC 7505 §3: preference 0, the root as the exchange
    private static readonly byte[] NullMx = [0, 0, 0];
    private readonly World _world;
    private readonly Dictionary<string, DnsRecord[]> _hosts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _inner = new(StringComparer.Ordinal) { "test" };

    /// <param name="certificate">What the hosts show after STARTTLS, or null: then there are no TLSA records.</param>
    public SinkZone(World world, X509Certificate2? certificate)
    {
        _world = world;
        foreach (var host in world.Hosts)
        {
            _hosts[host.Name] = [new(host.Address.AddressFamily == AddressFamily.InterNetworkV6 ? DnsType.Aaaa : DnsType.A, host.Address.GetAddressBytes())];
            if (certificate is not null) _hosts[$"_25._tcp.{host.Name}"] = [new(DnsType.Tlsa, SelfSigned.Tlsa(certificate))];
        }
        foreach (string name in _hosts.Keys)
            for (int dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.', dot + 1)) _inner.Add(name[(dot + 1)..]);
    }

    /// <summary>What there is, and how it is to be given.</summary>
    public (DnsAnswer Answer, DnsBehaviour How) Find(string name, DnsType type)
    {
        // what answers in the end, late or by TCP, answers as the first domain does
        if (Behaviour(name) is { } how) return Select(Domain(1, how), how, type);
        if (_hosts.TryGetValue(name, out var records)) return Select(records, DnsBehaviour.Ok, type);
        if (_world.Number(name) is { } number)
        {
            how = _world.HostOf(number).Provider.Profile.Dns;
            return Select(Domain(number, how), how, type);
        }
        if (name.StartsWith("_dmarc.", StringComparison.Ordinal) && _world.Number(name.AsSpan("_dmarc.".Length)) is not null)
            return Select([Text("v=DMARC1; p=none")], DnsBehaviour.Ok, type);
        return (_inner.Contains(name) ? DnsAnswer.NoData : new(InZone(name) ? DnsCode.NxDomain : DnsCode.Refused, []), DnsBehaviour.Ok);
    }

    private static DnsBehaviour? Behaviour(string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot > 0) dot = name.LastIndexOf('.', dot - 1);
        return Misbehaved.TryGetValue(name[(dot + 1)..], out var how) ? how : null;
    }

    private static bool InZone(string name) => name.EndsWith(".test", StringComparison.Ordinal);

    private static (DnsAnswer, DnsBehaviour) Select(DnsRecord[] records, DnsBehaviour how, DnsType type) => how switch
    {
        DnsBehaviour.ServFail => (new(DnsCode.ServFail, []), how),
        DnsBehaviour.NxDomain => (new(DnsCode.NxDomain, []), how),
        _ => (new(DnsCode.NoError, [.. records.Where(r => r.Type == type || type == DnsType.Any)]), how),
    };

    private DnsRecord[] Domain(int number, DnsBehaviour how) =>
    [
        new(DnsType.Mx, how == DnsBehaviour.NullMx ? NullMx : [0, 10, .. DnsAnswer.EncodeName(_world.HostOf(number).Name)]),
        Text("v=spf1 mx -all"),
    ];

    private static DnsRecord Text(string text) => new(DnsType.Txt, [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)]);
}

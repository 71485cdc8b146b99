using System.Net;
using Mta.Config;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;

namespace Mta.Smtp;

/// <summary>Who is at the other end.</summary>
/// <param name="IsTrusted">See <see cref="IRelayPolicy.IsTrusted"/>.</param>
public sealed record SmtpPeer(IPAddress Address, bool IsTrusted);

/// <summary>Decides who may send where. Safe from any thread; does not wait.</summary>
public interface IRelayPolicy
{
    /// <summary>The client may relay to anywhere.</summary>
    bool IsTrusted(IPAddress client);

    /// <summary>The reply that refuses a recipient (4yz or 5yz), or null to accept it.</summary>
    /// <param name="address"><c>local@domain</c>.</param>
    /// <param name="domain">The destination's key, as in <see cref="Mail.Recipient"/>.</param>
    SmtpReply? Refuse(SmtpPeer peer, string address, string domain);
}

/// <summary>
/// The policy of a relay, from <c>mta.relay</c>: trusted networks may send anywhere, all others only to our domains. What a local part looks
/// like it might mean to some other host is never followed.
/// </summary>
public sealed class RelayPolicy : IRelayPolicy
{
    private static readonly SmtpReply Denied = SmtpReply.Parse("550 5.7.1 relaying denied");

    private readonly IReadOnlyList<IPNetwork> _trusted;
    private readonly HashSet<string> _domains = new(StringComparer.Ordinal);
    private readonly HashSet<string> _parents = new(StringComparer.Ordinal);

    public RelayPolicy(ConfigSection relay)
    {
        _trusted = relay.Networks("trusted-networks");
        foreach (string text in relay.Strings("domains"))
        {
            bool below = text.StartsWith("*.", StringComparison.Ordinal);
            string domain = DomainName.Normalize(below ? text[2..] : text) ?? throw relay.Wrong("domains", $"holds \"{text}\", which is no domain");
            (below ? _parents : _domains).Add(domain);
        }
    }

    /// <summary>The domains that anyone may send to, without those that stand for all below them.</summary>
    public IReadOnlyCollection<string> Domains => _domains;

    public bool IsTrusted(IPAddress client)
    {
        foreach (var network in _trusted)
            if (network.Contains(client)) return true;
        return false;
    }

    public SmtpReply? Refuse(SmtpPeer peer, string address, string domain)
    {
        if (peer.IsTrusted) return null;
        if (!IsOurs(domain)) return Denied;
        // user%elsewhere@ours, elsewhere!user@ours, "user@elsewhere"@ours: we would pass them on as they are, but a next hop that trusts us
        // might do what they say
        return address.AsSpan(0, address.LastIndexOf('@')).ContainsAny('%', '!', '@') ? Denied : null;
    }

    private bool IsOurs(string domain)
    {
        if (_domains.Contains(domain)) return true;
        if (_parents.Count == 0) return false;
        var parents = _parents.GetAlternateLookup<ReadOnlySpan<char>>();
        var rest = domain.AsSpan();
        for (int dot; (dot = rest.IndexOf('.')) >= 0;)
        {
            rest = rest[(dot + 1)..];
            if (parents.Contains(rest)) return true;
        }
        return false;
    }
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mta.Dns.Check;

/// <summary>What an SPF record says of an address; <see cref="Unknown"/> where it depends on the message (macros, exists, ptr).</summary>
internal enum SpfResult : byte { None, Neutral, Pass, Fail, SoftFail, TempError, PermError, Unknown }

/// <summary>Judges an address by the SPF records of a domain (RFC 7208), as far as that goes without a message.</summary>
internal sealed class SpfRecord(Questions dns)
{
    // RFC 7208 §4.6.4
    private const int MaxLookups = 10;
    private int _lookups;

    /// <summary>The text of a domain's record; several are as bad as none. At most one lookup.</summary>
    public static async Task<Questions.Reply<string>> Find(Questions dns, string domain, CancellationToken cancel)
    {
        var reply = await dns.Texts(domain, cancel).ConfigureAwait(false);
        // RFC 7208 §4.5: the version, and then a space or nothing
        return reply with { Values = [.. reply.Values.Where(t => t.Equals("v=spf1", StringComparison.OrdinalIgnoreCase) || t.StartsWith("v=spf1 ", StringComparison.OrdinalIgnoreCase))] };
    }

    public async Task<SpfResult> Judge(string domain, IPAddress address, CancellationToken cancel)
    {
        var reply = await Find(dns, domain, cancel).ConfigureAwait(false);
        if (reply.Failure is not null) return SpfResult.TempError;
        if (reply.Values is not [var text]) return reply.Values.Count == 0 ? SpfResult.None : SpfResult.PermError;
        string? redirect = null;
        foreach (string term in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            if (term.Contains('%', StringComparison.Ordinal)) return SpfResult.Unknown;
            if (term.StartsWith("redirect=", StringComparison.OrdinalIgnoreCase)) redirect = term["redirect=".Length..];
            if (IsModifier(term)) continue;
            var (qualifier, mechanism) = term[0] is '+' or '-' or '~' or '?' ? (term[0], term[1..]) : ('+', term);
            switch (await Matches(mechanism, domain, address, cancel).ConfigureAwait(false))
            {
                case SpfResult.Pass:
                    return qualifier switch { '-' => SpfResult.Fail, '~' => SpfResult.SoftFail, '?' => SpfResult.Neutral, _ => SpfResult.Pass };
                case SpfResult.Fail:
                    continue;
                case var broken:
                    return broken;
            }
        }
        // RFC 7208 §6.1: when nothing else has matched
        if (redirect is null) return SpfResult.Neutral;
        if (!MayAsk()) return SpfResult.PermError;
        return await Judge(redirect.ToLowerInvariant(), address, cancel).ConfigureAwait(false) is var result && result == SpfResult.None ? SpfResult.PermError : result;
    }

    /// <summary>Pass: it matches; Fail: it does not; else what becomes of the whole.</summary>
    private async Task<SpfResult> Matches(string mechanism, string domain, IPAddress address, CancellationToken cancel)
    {
        int end = mechanism.AsSpan().IndexOfAny(':', '/');
        string name = (end < 0 ? mechanism : mechanism[..end]).ToLowerInvariant();
        string value = end < 0 ? "" : mechanism[end] == ':' ? mechanism[(end + 1)..] : mechanism[end..];
        switch (name)
        {
            case "all":
                return SpfResult.Pass;
            case "ip4" or "ip6":
                return Network(value) is { } network ? Is(network.Contains(address)) : SpfResult.PermError;
            case "include":
                if (value.Length == 0 || !MayAsk()) return SpfResult.PermError;
                // RFC 7208 §5.2
                return await Judge(value.ToLowerInvariant(), address, cancel).ConfigureAwait(false) switch
                {
                    SpfResult.Pass => SpfResult.Pass,
                    SpfResult.Fail or SpfResult.SoftFail or SpfResult.Neutral => SpfResult.Fail,
                    SpfResult.None => SpfResult.PermError,
                    var other => other,
                };
            case "a" or "mx":
                if (!MayAsk()) return SpfResult.PermError;
                int slash = value.IndexOf('/', StringComparison.Ordinal);
                string host = slash < 0 ? value : value[..slash];
                if (Lengths(slash < 0 ? "" : value[slash..], address.AddressFamily) is not { } length) return SpfResult.PermError;
                return await HostMatches(name, host.Length == 0 ? domain : host.ToLowerInvariant(), length, address, cancel).ConfigureAwait(false);
            case "exists" or "ptr":
                return SpfResult.Unknown;
            default:
                return SpfResult.PermError;
        }
    }

    private async Task<SpfResult> HostMatches(string mechanism, string host, int length, IPAddress address, CancellationToken cancel)
    {
        string[] hosts = [host];
        if (mechanism == "mx")
        {
            var mx = await dns.Exchangers(host, cancel).ConfigureAwait(false);
            if (mx.Failure is not null) return SpfResult.TempError;
            // RFC 7208 §4.6.4
            if (mx.Values.Count > MaxLookups) return SpfResult.PermError;
            hosts = [.. mx.Values.Select(v => v.Host).Where(h => h.Length > 0)];
        }
        foreach (string one in hosts)
        {
            var reply = await dns.Addresses(one, cancel).ConfigureAwait(false);
            if (reply.Failure is not null) return SpfResult.TempError;
            if (reply.Values.Any(a => a.AddressFamily == address.AddressFamily && Around(a, length).Contains(address))) return SpfResult.Pass;
        }
        return SpfResult.Fail;
    }

    private bool MayAsk() => ++_lookups <= MaxLookups;

    // RFC 7208 §4.6.1: name=value, where a mechanism has ":" or "/" before any "="
    private static bool IsModifier(string term) => term.AsSpan().IndexOfAny('=', ':', '/') is >= 0 and var at && term[at] == '=';

    private static SpfResult Is(bool match) => match ? SpfResult.Pass : SpfResult.Fail;

    private static IPNetwork? Network(string value)
    {
        int slash = value.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? value : value[..slash], out var address)) return null;
        int most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        return slash < 0 ? new(address, most) : Prefix(value[(slash + 1)..], most) is { } length ? Around(address, length) : null;
    }

    // RFC 7208 §5.3: /n for IPv4, //n for IPv6
    private static int? Lengths(string text, AddressFamily family)
    {
        int six = text.IndexOf("//", StringComparison.Ordinal);
        string? v4 = six == 0 || text.Length == 0 ? null : six > 0 ? text[1..six] : text[1..], v6 = six >= 0 ? text[(six + 2)..] : null;
        return family == AddressFamily.InterNetwork ? v4 is null ? 32 : Prefix(v4, 32) : v6 is null ? 128 : Prefix(v6, 128);
    }

    private static int? Prefix(string text, int most) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= most ? length : null;

    // an IPNetwork wants its host bits clear
    private static IPNetwork Around(IPAddress address, int length)
    {
        byte[] octets = address.GetAddressBytes();
        for (int bit = length; bit < octets.Length * 8; bit++) octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new(new IPAddress(octets), length);
    }
}

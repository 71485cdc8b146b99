using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mta.Config;
using Mta.Delivery;
using Mta.Protocol.Sasl;

namespace Mta.Domains;

/// <summary><c>mta.relay.routes</c>: the first whose domain matches says where mail goes and how.</summary>
public sealed record RelayRoutes(ImmutableArray<RelayRoute> Routes)
{
    /// <param name="relay">The section <c>mta.relay</c>.</param>
    /// <param name="delivery">What holds where a route says nothing.</param>
    public static RelayRoutes From(ConfigSection relay, DeliverySettings delivery) =>
        new([.. relay.Sections("routes", relay.Section("route-defaults")).Select(section => RelayRoute.From(section, delivery))]);

    /// <summary>The route of a domain (lower case), or null where mail follows the MX records.</summary>
    public RelayRoute? Find(string domain)
    {
        foreach (var route in Routes)
            if (route.Domain.Matches(domain)) return route;
        return null;
    }

    /// <summary>The route of a domain of ours, or null where its mailboxes are here: what holds for all the world (<c>*</c>) does not lead away from them.</summary>
    public RelayRoute? FindForOurs(string domain) => Find(domain) is { NextHops: [_, ..], Domain.IsAny: false } route ? route : null;

    /// <summary>Where a domain's mail goes by them, for people; null where none names a next hop.</summary>
    /// <param name="isOurs">See <see cref="FindForOurs"/>.</param>
    public string? Describe(string domain, bool isOurs) => (isOurs ? FindForOurs(domain) : Find(domain)) is { NextHops: [_, ..] } route ? route.ToString() : null;
}

/// <param name="NextHops">In the order in which they are tried; empty: look up the MX.</param>
public sealed record RelayRoute(DomainPattern Domain, ImmutableArray<NextHop> NextHops, SitePolicy Policy)
{
    private const int LmtpPort = 2424;

    /// <summary>For people: <c>lmtp 127.0.0.1:2424</c>.</summary>
    public override string ToString() => $"{Policy.Protocol.ToString().ToLowerInvariant()} {string.Join(", ", NextHops)}";

    public static RelayRoute From(ConfigSection section, DeliverySettings delivery)
    {
        var protocol = section.OptionalString("protocol") is null ? NextHopProtocol.Smtp : section.Enum<NextHopProtocol>("protocol");
        bool isLmtp = protocol == NextHopProtocol.Lmtp;
        ImmutableArray<NextHop> hops = [.. section.Strings("next-hop").Select(text => NextHop.TryParse(text, isLmtp ? LmtpPort : delivery.Port, out var hop)
            ? hop
            : throw section.Wrong("next-hop", $"must be a host or an address with or without a port, is \"{text}\""))];
        // RFC 2033 §5: never to the port of SMTP, which is where MX records lead
        if (isLmtp && (hops.IsEmpty || hops.Any(hop => hop.Port == 25))) throw section.Wrong("next-hop", "must name hosts, and not port 25, for protocol lmtp");
        return new(DomainPattern.From(section), hops, delivery.Policy.With(section) with { Credentials = Credentials(section), Protocol = protocol });
    }

    private static SaslCredentials? Credentials(ConfigSection section)
    {
        if (section.OptionalString("username") is not { } name) return null;
        string? password = section.OptionalString("password");
        if (section.OptionalString("password-file") is { } file)
        {
            try
            {
                password = File.ReadLines(file).FirstOrDefault();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw section.Wrong("password-file", "cannot be read: " + e.Message);
            }
        }
        // RFC 4616 §2: each at most 255 octets; and so the line stays within RFC 4954 §4's limit
        return password is { Length: > 0 and <= 100 } && name.Length <= 100
            ? new(name, password)
            : throw section.Wrong("password", "must be given with a username, and neither may be longer than 100 characters");
    }
}

/// <summary>A host by name, or by address in the form that <see cref="IPAddress"/> reads.</summary>
public sealed record NextHop(string Host, int Port)
{
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>192.0.2.1:25</c>, <c>[2001:db8::1]:25</c>, <c>2001:db8::1</c>.</summary>
    public static bool TryParse(string text, int defaultPort, out NextHop hop)
    {
        hop = new(text, defaultPort);
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IPAddress.TryParse(text.AsSpan(1, end - 1), out _)) return false;
            hop = hop with { Host = text[1..end] };
            return end == text.Length - 1 || (text[end + 1] == ':' && TryPort(text.AsSpan(end + 2), ref hop));
        }
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0 && colon != text.LastIndexOf(':')) return IPAddress.TryParse(text, out _);
        if (colon >= 0)
        {
            hop = hop with { Host = text[..colon] };
            if (!TryPort(text.AsSpan(colon + 1), ref hop)) return false;
        }
        return hop.Host.Length > 0 && hop.Host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
    }

    private static bool TryPort(ReadOnlySpan<char> text, ref NextHop hop)
    {
        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0) return false;
        hop = hop with { Port = port };
        return true;
    }
}

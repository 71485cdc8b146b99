using System.Net;

namespace Mta.Load.Sink;

/// <summary>What a <see cref="SinkServer"/> is to be.</summary>
public sealed record SinkOptions
{
    /// <summary>Where to listen; port 0 lets the system choose.</summary>
    public required IReadOnlyList<IPEndPoint> Listen { get; init; }

    /// <summary>The providers and their weights; the first also serves domains that are not ours.</summary>
    public required IReadOnlyList<(Profile Profile, double Weight)> Profiles { get; init; }

    /// <summary>How many domains, d1.test to dN.test.</summary>
    public int Domains { get; init; } = 1;

    /// <summary>Where the DNS stub answers, UDP and TCP; null for none.</summary>
    public IPEndPoint? Dns { get; init; }

    /// <summary>The same seed gives the same unknown users, and the n-th connection the same chances.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Offers STARTTLS with a certificate of its own making.</summary>
    public bool Tls { get; init; }

    /// <summary>Speaks LMTP (RFC 2033) instead of SMTP.</summary>
    public bool Lmtp { get; init; }

    /// <summary>Where bounces and complaints are mailed to, by SMTP; null for nowhere, and there are none.</summary>
    public EndPoint? ReturnTo { get; init; }

    /// <summary>Verifies the ids of load messages.</summary>
    public bool Check { get; init; }

    /// <summary>Keeps messages in a Maildir, an mbox, or byte-exactly with their envelopes; at most one of the three.</summary>
    public string? Maildir { get; init; }

    /// <inheritdoc cref="Maildir"/>
    public string? Mbox { get; init; }

    /// <inheritdoc cref="Maildir"/>
    public string? Record { get; init; }

    /// <summary>Connections at the same time, over all providers; more are closed at once with 421.</summary>
    public int MaxConnections { get; init; } = 50_000;

    /// <summary>How long a connection may be silent (RFC 5321 §4.5.3.2.7 asks for 5 minutes).</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(5);
}

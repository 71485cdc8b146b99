using System.Net;

namespace Mta.Config;

/// <summary>What a listener speaks.</summary>
public enum ListenerKind : byte
{
    Smtp,

    /// <summary>From our own users, who sign in after STARTTLS (RFC 6409).</summary>
    Submission,

    /// <summary>From our own users, under TLS from the first octet (RFC 8314).</summary>
    Submissions,

    /// <summary>From other hosts of ours (RFC 2033).</summary>
    Lmtp,

    /// <summary>Mailboxes, for our own users, who sign in after STARTTLS (RFC 9051).</summary>
    Imap,

    /// <summary>The same under TLS from the first octet (RFC 8314).</summary>
    Imaps,

    /// <summary>Mailboxes, for our own users, who sign in after STLS (RFC 1939, RFC 2595).</summary>
    Pop3,

    /// <summary>The same under TLS from the first octet (RFC 8314).</summary>
    Pop3s,
    Http,
}

/// <summary>One of <c>mta.listeners</c>.</summary>
/// <param name="Section">The rest of its keys, with <c>mta.listener-defaults</c> behind them.</param>
public sealed record ListenerSettings(string Name, ListenerKind Kind, IPEndPoint EndPoint, ConfigSection Section)
{
    public static IReadOnlyList<ListenerSettings> All(ConfigSection mta)
    {
        var (listeners, defaults) = (mta.Section("listeners"), mta.Section("listener-defaults"));
        return [.. listeners.Keys.Select(name => From(name, listeners.Section(name).WithDefaults(defaults)))];
    }

    /// <summary>Throws <see cref="ConfigException"/> where nobody could ever sign in: without a certificate, unless that can be done in the clear.</summary>
    public void CheckSignIn(bool hasTls, bool inTheClear)
    {
        if (!hasTls && !inTheClear) throw Section.Wrong("kind", $"is {Kind.ToString().ToLowerInvariant()}, which needs a certificate: set mta.tls");
    }

    private static ListenerSettings From(string name, ConfigSection section)
    {
        string kind = section.OptionalString("kind") ?? name;
        if (!Enum.TryParse<ListenerKind>(kind, ignoreCase: true, out var parsed) || int.TryParse(kind, out _))
            throw section.Wrong("kind", $"must be one of {string.Join(", ", Enum.GetNames<ListenerKind>()).ToLowerInvariant()}: the name \"{name}\" does not say it");
        return new(name, parsed, new(section.Address("address") ?? IPAddress.IPv6Any, Port(section, parsed)), section);
    }

    /// <summary>The port of a listener's section, or the usual one of its kind.</summary>
    public static int Port(ConfigSection section, ListenerKind kind)
    {
        int port = section.OptionalString("port") is not null ? section.Int("port", 0, 65535) : kind switch
        {
            ListenerKind.Submission => 587,
            ListenerKind.Submissions => 465,
            ListenerKind.Lmtp => 2424,
            ListenerKind.Imap => 143,
            ListenerKind.Imaps => 993,
            ListenerKind.Pop3 => 110,
            ListenerKind.Pop3s => 995,
            ListenerKind.Http => 8080,
            _ => 25,
        };
        // RFC 2033 §5: a host that took it for SMTP would lose the replies for all recipients but the first
        return kind == ListenerKind.Lmtp && port == 25 ? throw section.Wrong("port", "must not be 25, which is SMTP's, for LMTP") : port;
    }
}

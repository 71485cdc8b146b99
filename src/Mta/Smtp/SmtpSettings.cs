using Mta.Config;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp.Server;

namespace Mta.Smtp;

/// <summary><c>mta.smtp</c>: how we receive.</summary>
public sealed record SmtpSettings
{
    /// <summary>What the session itself has to know.</summary>
    public required SmtpServerOptions Options { get; init; }

    /// <summary>Who gets the mail for <c>&lt;postmaster&gt;</c> (RFC 5321 §4.5.1).</summary>
    public required MailPath Postmaster { get; init; }

    /// <summary>The operator named a mailbox for it: it takes mail from anyone.</summary>
    public required bool PostmasterIsOpen { get; init; }

    /// <summary>Recipients of a message once aliases and groups are what they stand for.</summary>
    public required int MaxExpanded { get; init; }
    public required TimeSpan GreetingDelay { get; init; }
    public required bool RefuseEarlyTalkers { get; init; }
    public required TimeSpan CommandTimeout { get; init; }
    public required TimeSpan DataTimeout { get; init; }

    /// <summary>Octets a second, over each <see cref="DataTimeout"/>.</summary>
    public required long MinDataRate { get; init; }
    public required TimeSpan MessageTimeout { get; init; }
    public required TimeSpan SessionTimeout { get; init; }
    public required TimeSpan LingerTimeout { get; init; }
    public required TimeSpan HandshakeTimeout { get; init; }

    /// <summary>The share of its connections above which a listener is under stress, and what it gives its clients then.</summary>
    public required double StressAbove { get; init; }
    public required TimeSpan StressCommandTimeout { get; init; }
    public required TimeSpan StressDataTimeout { get; init; }

    public static SmtpSettings From(ConfigSection smtp, string hostname)
    {
        string? postmaster = smtp.OptionalString("postmaster");
        string postmasterAddress = postmaster ?? $"postmaster@{hostname}";
        if (DomainName.Normalize(postmasterAddress[(postmasterAddress.LastIndexOf('@') + 1)..]) is not { } domain)
            throw smtp.Wrong("postmaster", $"must be a mail address, is \"{postmasterAddress}\"");
        var (limits, timeouts) = (smtp.Section("limits"), smtp.Section("timeouts"));
        var stress = timeouts.Section("stress");
        return new()
        {
            Options = OptionsFrom(smtp, limits, hostname),
            Postmaster = new(postmasterAddress, domain),
            PostmasterIsOpen = postmaster is not null,
            MaxExpanded = limits.Int("expanded-recipients", min: 1),
            GreetingDelay = smtp.Duration("greeting-delay"),
            RefuseEarlyTalkers = smtp.Bool("refuse-early-talkers"),
            CommandTimeout = timeouts.Duration("command"),
            DataTimeout = timeouts.Duration("data"),
            MinDataRate = timeouts.Size("min-data-rate"),
            MessageTimeout = timeouts.Duration("message"),
            SessionTimeout = timeouts.Duration("session"),
            LingerTimeout = timeouts.Duration("linger"),
            HandshakeTimeout = timeouts.Duration("handshake"),
            StressAbove = stress.Double("above", 0, 1),
            StressCommandTimeout = stress.Duration("command"),
            StressDataTimeout = stress.Duration("data"),
        };
    }

    private static SmtpServerOptions OptionsFrom(ConfigSection smtp, ConfigSection limits, string hostname) => new()
    {
        Hostname = hostname,
        Extensions = smtp.Strings("disabled-extensions").Aggregate(AllExtensions, (all, name) => all & ~Extension(smtp, name)),
        MaxMessageSize = limits.Size("message-size"),
        MaxHeaderSize = limits.Size("header-size"),
        MaxTextLine = limits.Size("text-line"),
        MaxCommandLine = limits.Int("command-line", min: 512, max: 65536),
        MaxHops = limits.Int("hops", min: 1),
        MaxRecipients = limits.Int("recipients", min: 1),
        MaxTransactions = limits.Int("transactions"),
        MaxErrors = limits.Int("errors", min: 1),
        MaxJunkCommands = limits.Int("junk-commands", min: 1),
        BareNewlines = smtp.Enum<BareNewlines>("bare-newlines"),
        AllowNul = smtp.Bool("allow-nul"),
        MinDeliverBy = smtp.Duration("min-deliver-by"),
        MaxHold = smtp.Duration("max-hold"),
    };

    private static SmtpExtensions AllExtensions => Enum.GetValues<SmtpExtensions>().Aggregate((all, one) => all | one);

    private static SmtpExtensions Extension(ConfigSection smtp, string name) => name.ToUpperInvariant() switch
    {
        "8BITMIME" => SmtpExtensions.EightBitMime,
        var keyword => !int.TryParse(name, out _)
            && Enum.TryParse<SmtpExtensions>(keyword.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var extension)
            ? extension : throw smtp.Wrong("disabled-extensions", $"holds \"{name}\", which is none of our extensions"),
    };
}

using System.Collections.Immutable;
using Mta.Config;
using Mta.Protocol.Smtp.Client;

namespace Mta.Delivery;

/// <summary><c>mta.delivery</c>; every key is explained in reference.conf.</summary>
public sealed record DeliverySettings
{
    /// <summary>How any destination is treated that no route and no entry of <c>domains</c> names.</summary>
    public required SitePolicy Policy { get; init; }
    public required int Port { get; init; }
    public required int InitialConcurrency { get; init; }
    public required int ConnectionLimit { get; init; }
    public required int RecipientsPerTransaction { get; init; }
    public required int MessagesPerConnection { get; init; }
    public required TimeSpan IdleTimeout { get; init; }
    public required bool Chunking { get; init; }
    public required int WaitingLimit { get; init; }
    public required TimeSpan DomainIdleTimeout { get; init; }
    public required BackOffSettings BackOff { get; init; }
    public required DeliveryTimeouts Timeouts { get; init; }
    public required ConvertSettings Convert { get; init; }

    /// <summary>Entries of <c>domains</c>, each over <see cref="Policy"/> or what a route made of it.</summary>
    public required ImmutableArray<(DomainPattern Domain, ConfigSection Section)> Domains { get; init; }

    public static DeliverySettings From(ConfigSection section) => new()
    {
        Policy = new(section.Enum<TlsPolicy>("tls"), section.Address("source-address"), section.Int("concurrency", 1, 10_000), SitePolicy.Rate(section), null),
        Port = section.Int("port", 1, 65535),
        InitialConcurrency = section.Int("initial-concurrency", 1, 10_000),
        ConnectionLimit = section.Int("connection-limit", 1),
        RecipientsPerTransaction = section.Int("recipients-per-transaction", 1, 10_000),
        MessagesPerConnection = section.Int("messages-per-connection", 1),
        IdleTimeout = section.Duration("idle-timeout"),
        Chunking = section.Bool("chunking"),
        WaitingLimit = section.Int("waiting-limit", 1),
        DomainIdleTimeout = section.Duration("domain-idle-timeout"),
        BackOff = BackOffSettings.From(section.Section("back-off")),
        Timeouts = DeliveryTimeouts.From(section.Section("timeouts")),
        Convert = ConvertSettings.From(section.Section("convert")),
        Domains = [.. section.Sections("domains", section.Section("domain-defaults")).Select(ReadDomain)],
    };

    /// <summary>What holds for a domain, given what its route says or <see cref="Policy"/>.</summary>
    public SitePolicy PolicyFor(string domain, SitePolicy routed)
    {
        foreach (var (pattern, section) in Domains)
            if (pattern.Matches(domain)) return routed.With(section);
        return routed;
    }

    private static (DomainPattern, ConfigSection) ReadDomain(ConfigSection section)
    {
        var pattern = DomainPattern.From(section);
        // a wrong value is to be found when the configuration is read, not when the first mail comes
        _ = new SitePolicy(TlsPolicy.None, null, 1, null, null).With(section);
        return (pattern, section);
    }
}

/// <summary><c>mta.delivery.back-off</c>.</summary>
public sealed record BackOffSettings(TimeSpan Min, TimeSpan Max, double Jitter)
{
    public static BackOffSettings From(ConfigSection section) =>
        new(section.Duration("min"), section.Duration("max"), section.Double("jitter", 0, 0.9));
}

/// <summary><c>mta.delivery.timeouts</c> (RFC 5321 §4.5.3.2).</summary>
public sealed record DeliveryTimeouts(
    TimeSpan Connect, TimeSpan Tls, TimeSpan Greeting, TimeSpan Hello, TimeSpan Mail, TimeSpan Rcpt, TimeSpan Data, TimeSpan Body, TimeSpan Final, TimeSpan Quit)
{
    public static DeliveryTimeouts From(ConfigSection section) => new(
        section.Duration("connect"), section.Duration("tls"), section.Duration("greeting"), section.Duration("hello"), section.Duration("mail"),
        section.Duration("rcpt"), section.Duration("data"), section.Duration("body"), section.Duration("final"), section.Duration("quit"));

    /// <summary>How long to wait for the reply that ends a stage.</summary>
    public TimeSpan For(SmtpStage stage) => stage switch
    {
        SmtpStage.Greeting => Greeting,
        SmtpStage.Mail => Mail,
        SmtpStage.Rcpt => Rcpt,
        SmtpStage.Data => Data,
        SmtpStage.Body => Body,
        SmtpStage.Final => Final,
        SmtpStage.Quit => Quit,
        _ => Hello,
    };
}

/// <summary><c>mta.delivery.convert</c>; sizes in octets.</summary>
public sealed record ConvertSettings(long MaxSize, int MaxHeader, int MaxParts, int MaxDepth)
{
    public static ConvertSettings From(ConfigSection section) =>
        new(section.Size("max-size"), (int)section.Size("max-header"), section.Int("max-parts", 1), section.Int("max-depth", 1, 100));
}

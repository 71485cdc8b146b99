using Mta.Accounts;
using Mta.Config;
using Mta.Delivery;
using Mta.Dns;
using Mta.Domains;
using Mta.Imap;
using Mta.Net;
using Mta.Pop3;
using Mta.Protocol.Addresses;
using Mta.Queue;
using Mta.Smtp;
using Mta.Spool;
using Mta.Tls;

namespace Mta;

/// <summary>The whole configuration, checked.</summary>
public sealed record MtaSettings
{
    public required string Hostname { get; init; }
    public required string DataDir { get; init; }
    public required TimeSpan StopTimeout { get; init; }
    public required LogSettings Log { get; init; }
    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }
    public required TlsSettings Tls { get; init; }
    public required SmtpSettings Smtp { get; init; }
    public required SubmissionSettings Submission { get; init; }
    public required Pop3Settings Pop3 { get; init; }
    public required ImapSettings Imap { get; init; }
    public required RelayPolicy RelayPolicy { get; init; }
    public required SpoolSettings Spool { get; init; }
    public required QueueSettings Queue { get; init; }
    public required DeliverySettings Delivery { get; init; }
    public required RelayRoutes Routes { get; init; }
    public required DnsSettings Dns { get; init; }
    public required AccountsSettings Accounts { get; init; }

    /// <summary>Where all this was read from.</summary>
    public required ConfigFile File { get; init; }

    /// <summary>The operator's own additions to the actor system's configuration.</summary>
    public required Akka.Configuration.Config Akka { get; init; }

    /// <summary>Throws <see cref="ConfigException"/> for the first value that is wrong.</summary>
    public static MtaSettings From(ConfigFile file)
    {
        var mta = file.Mta;
        string hostname = mta.OptionalString("hostname") ?? System.Net.Dns.GetHostName();
        if (DomainName.Normalize(hostname) is not { } name || name.StartsWith('[')) throw mta.Wrong("hostname", $"must be a host name, is \"{hostname}\"");
        var delivery = DeliverySettings.From(mta.Section("delivery"));
        var listeners = ListenerSettings.All(mta);
        foreach (var listener in listeners.Where(l => l.Kind != ListenerKind.Http)) _ = ListenerLimits.From(listener.Section);
        return new()
        {
            Hostname = name,
            DataDir = mta.String("data-dir"),
            StopTimeout = mta.Duration("stop-timeout"),
            Log = LogSettings.From(mta.Section("log")),
            Listeners = listeners,
            Tls = TlsSettings.From(mta.Section("tls")),
            Smtp = SmtpSettings.From(mta.Section("smtp"), name),
            Submission = SubmissionSettings.From(mta.Section("submission")),
            Pop3 = Pop3Settings.From(mta.Section("pop3"), name),
            Imap = ImapSettings.From(mta.Section("imap")),
            RelayPolicy = new(mta.Section("relay")),
            Spool = SpoolSettings.From(mta.Section("spool")),
            Queue = QueueSettings.From(mta.Section("queue")),
            Delivery = delivery,
            Routes = RelayRoutes.From(mta.Section("relay"), delivery),
            Dns = DnsSettings.From(mta.Section("dns")),
            Accounts = AccountsSettings.From(mta.Section("accounts")),
            File = file,
            Akka = file.Raw.GetConfig("akka") ?? global::Akka.Configuration.Config.Empty,
        };
    }
}

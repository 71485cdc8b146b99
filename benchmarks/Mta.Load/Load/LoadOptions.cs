using System.Collections.Immutable;
using System.Net;
using Mta.Protocol.Sasl;

namespace Mta.Load;

/// <summary>When a connection is encrypted.</summary>
public enum TlsMode : byte { None, StartTls, Implicit }

/// <summary>What a run does; the defaults of <c>mta load</c> stand here.</summary>
public sealed record LoadOptions
{
    /// <summary>How large generated messages are.</summary>
    public static MessageSize DefaultSize { get; } = new(4096);

    /// <summary>Host and port of the server.</summary>
    public required DnsEndPoint Target { get; init; }

    /// <summary>Messages to send; null for as many as fit into the time.</summary>
    public long? Count { get; init; }

    /// <summary>For how long messages are started; null for as long as the count takes.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The open model; null for the closed one, in which each session sends as fast as it can.</summary>
    public ArrivalSchedule? Arrivals { get; init; }

    /// <summary>Connections at the same time. Twenty keep a server busy without hiding what a message costs.</summary>
    public int Sessions { get; init; } = 20;

    /// <summary>Messages after which a connection is closed and made anew; 0 for never.</summary>
    public int MessagesPerConnection { get; init; }

    /// <summary>MAIL, RCPT and DATA in one packet where the server offers PIPELINING (RFC 2920).</summary>
    public bool Pipelining { get; init; } = true;

    /// <summary>BDAT instead of DATA (RFC 3030).</summary>
    public bool Bdat { get; init; }

    public TlsMode Tls { get; init; }

    /// <summary>Whether a certificate has to be valid. Test servers seldom have one that is.</summary>
    public bool VerifyCertificate { get; init; }

    /// <summary>With PLAIN, or LOGIN where the server offers nothing else (RFC 4954).</summary>
    public SaslCredentials? Credentials { get; init; }

    /// <summary>Local addresses for the sessions, in turn; empty for what the system chooses.</summary>
    public ImmutableArray<IPAddress> SourceAddresses { get; init; } = [];

    /// <summary>LHLO, and a reply for each recipient (RFC 2033).</summary>
    public bool Lmtp { get; init; }

    public string Helo { get; init; } = "load.test";

    public MessageSource Messages { get; init; } = new MessageSource.Generated(DefaultSize);

    public AddressPattern From { get; init; } = AddressPattern.Parse("sender@load.test");

    public AddressPattern To { get; init; } = AddressPattern.Parse("user{n}@{domain}");

    public DomainSpread Domains { get; init; } = DomainSpread.Parse("1");

    /// <summary>Recipients of each message.</summary>
    public int Recipients { get; init; } = 1;

    /// <summary>How long to wait for a connection, a reply, or that the server takes what is sent; also for the last messages after the run's time.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The run in a line, for people.</summary>
    public string Describe()
    {
        List<string> parts =
        [
            Arrivals is { } arrivals
                ? "open model, " + string.Join(", then ", arrivals.Stages.Select(s => s.From == s.To ? $"{s.From:0.##}/s for {Time(s.Length)}" : $"{s.From:0.##} to {s.To:0.##}/s in {Time(s.Length)}"))
                : "closed model",
            $"{Sessions} sessions",
            Messages switch
            {
                MessageSource.Generated { Size: var size, Attachments: var files } => (size == MessageSize.Real ? "messages of real sizes" : $"messages of {size.Octets} octets")
                    + (files.IsEmpty ? "" : " with " + string.Join(", ", files.Select(Path.GetFileName))),
                MessageSource.Template { Path: var path } => $"template {Path.GetFileName(path)}",
                MessageSource.Folder { Path: var path } => $"messages of {Path.GetFileName(Path.GetFullPath(path))}",
                _ => "messages",
            },
        ];
        if (Count is { } count) parts.Insert(1, $"{count} messages");
        if (Duration is { } duration) parts.Insert(1, $"at most {Time(duration)}");
        if (Recipients > 1) parts.Add($"{Recipients} recipients each");
        if (Domains.Count > 1) parts.Add($"{Domains.Count} domains");
        if (MessagesPerConnection > 0) parts.Add($"{MessagesPerConnection} a connection");
        if (Lmtp) parts.Add("LMTP");
        if (Tls != TlsMode.None) parts.Add(Tls == TlsMode.StartTls ? "STARTTLS" : "TLS");
        if (Credentials is not null) parts.Add("AUTH");
        if (Bdat) parts.Add("BDAT");
        if (!Pipelining) parts.Add("no pipelining");
        return string.Join(", ", parts);
    }

    private static string Time(TimeSpan time) => time.TotalSeconds < 120 ? $"{time.TotalSeconds:0.##} s" : $"{time.TotalMinutes:0.##} min";
}

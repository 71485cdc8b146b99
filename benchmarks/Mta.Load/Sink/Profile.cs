using Akka.Configuration;
using Mta.Config;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>Where in a session a rule applies.</summary>
public enum Stage : byte
{
    /// <summary>The greeting.</summary>
    Connect,

    /// <summary>The client's introduction: the first one, and the first under TLS.</summary>
    Ehlo,
    StartTls,

    /// <summary>The handshake after STARTTLS.</summary>
    Tls,
    Mail,
    Rcpt,
    Data,

    /// <summary>After the content; under LMTP for each recipient.</summary>
    End,
}

/// <summary>What goes wrong without a reply.</summary>
public enum Fault : byte
{
    None,

    /// <summary>No more is said; the connection stays open until the client gives up.</summary>
    Stall,

    /// <summary>TCP reset.</summary>
    Reset,

    /// <summary>We end our side of the connection and go on reading.</summary>
    HalfClose,

    /// <summary>From here on the connection is read some octets at a time.</summary>
    SlowRead,
}

/// <summary>At a stage, with a probability, in a span of time (for ever if <c>For</c> is zero): a reply or a fault.</summary>
public sealed record Rule(Stage At, double Probability, SmtpReply? Reply, Fault Fault, TimeSpan From, TimeSpan For)
{
    public bool Holds(TimeSpan running) => running >= From && (For == TimeSpan.Zero || running < From + For);
}

/// <summary>What the names of a provider's domains give in the DNS.</summary>
public enum DnsBehaviour : byte { Ok, ServFail, NxDomain, Timeout, Truncate, Slow, NullMx }

/// <summary>How a provider behaves; every key is explained in Profiles/plain.conf, which is also the default of all others.</summary>
public sealed record Profile
{
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required long MaxMessageSize { get; init; }
    public required int MaxRecipients { get; init; }
    public required int MaxTransactions { get; init; }
    public required double TimeScale { get; init; }
    public required int ConnectionsPerAddress { get; init; }
    public required SmtpReply ConnectionsReply { get; init; }
    public required double RatePerAddress { get; init; }
    public required double RatePerDomain { get; init; }
    public required SmtpReply RateReply { get; init; }
    public required double UnknownUsers { get; init; }
    public required SmtpReply UnknownReply { get; init; }
    public required double FullMailboxes { get; init; }
    public required SmtpReply FullReply { get; init; }
    public required TimeSpan GreylistDelay { get; init; }
    public required SmtpReply GreylistReply { get; init; }
    public required TimeSpan Tarpit { get; init; }
    public required ReputationSettings Reputation { get; init; }
    public required double Bounces { get; init; }
    public required TimeSpan BounceDelay { get; init; }
    public required SmtpReply BounceReply { get; init; }

    /// <summary>Where complaints are reported to; empty for the sender of each message.</summary>
    public required string FeedbackTo { get; init; }
    public required TimeSpan FeedbackDelay { get; init; }
    public required DnsBehaviour Dns { get; init; }
    public required IReadOnlyList<Rule> Rules { get; init; }

    /// <summary>Its name in the greeting and in what it reports.</summary>
    internal string Hostname => $"{Name.ToLowerInvariant()}.test";

    /// <summary>What the sessions of this provider offer and bear: byte-exact, and patient with load generators.</summary>
    internal SmtpServerOptions SessionOptions(bool lmtp) => new()
    {
        Hostname = Hostname,
        Extensions = SmtpExtensions.Pipelining | SmtpExtensions.Size | SmtpExtensions.EightBitMime | SmtpExtensions.SmtpUtf8 | SmtpExtensions.Chunking
            | SmtpExtensions.BinaryMime | SmtpExtensions.EnhancedStatusCodes | SmtpExtensions.Dsn | SmtpExtensions.StartTls,
        MaxMessageSize = MaxMessageSize,
        MaxHeaderSize = MaxMessageSize,
        MaxTextLine = 0,
        MaxCommandLine = 4096,
        MaxHops = 1000,
        MaxRecipients = MaxRecipients,
        MaxTransactions = MaxTransactions,
        MaxErrors = 20,
        MaxJunkCommands = 100_000,
        BareNewlines = BareNewlines.Refuse,
        AllowNul = true,
        MinDeliverBy = TimeSpan.Zero,
        MaxHold = TimeSpan.Zero,
        VerifyHello = Rules.Any(r => r.At == Stage.Ehlo),
        VerifyStartTls = Rules.Any(r => r.At == Stage.StartTls),
        VerifySender = Rules.Any(r => r.At == Stage.Mail),
        Lmtp = lmtp,
    };

    /// <summary>The names of the profiles that come with the program.</summary>
    public static IReadOnlyList<string> Known { get; } =
        [.. typeof(Profile).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("Profiles/", StringComparison.Ordinal)).Select(n => n["Profiles/".Length..^".conf".Length]).Order()];

    /// <summary>Reads one of <see cref="Known"/> or a file; throws <see cref="ConfigException"/> with one clear line.</summary>
    public static Profile Load(string nameOrFile)
    {
        if (Known.Contains(nameOrFile)) return Parse(Embedded(nameOrFile), nameOrFile);
        try
        {
            return Parse(File.ReadAllText(nameOrFile), Path.GetFileNameWithoutExtension(nameOrFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(nameOrFile, $"is neither a file that can be read nor one of {string.Join(", ", Known)}");
        }
    }

    /// <summary>Reads a text; a key that plain.conf does not know is an error.</summary>
    public static Profile Parse(string text, string name)
    {
        try
        {
            var defaults = ConfigurationFactory.ParseString(Embedded("plain"));
            var own = ConfigurationFactory.ParseString(text);
            var reference = new ConfigSection(defaults, name);
            CheckKeys(new(own, name), reference, ["rules", "rule-defaults"]);
            return From(new ConfigSection(own.WithFallback(defaults), name), reference.Section("rule-defaults"));
        }
        catch (Exception e) when (e is not ConfigException)
        {
            throw new ConfigException(name, "is not well-formed: " + e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>The text of a profile that comes with the program.</summary>
    public static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(Profile).Assembly.GetManifestResourceStream($"Profiles/{name}.conf")!);
        return reader.ReadToEnd();
    }

    private static Profile From(ConfigSection section, ConfigSection ruleDefaults) => new()
    {
        Name = section.Path,
        Description = section.String("description"),
        MaxMessageSize = section.Size("max-message-size"),
        MaxRecipients = section.Int("max-recipients", 1),
        MaxTransactions = section.Int("max-transactions"),
        TimeScale = section.Double("time-scale", 0.001),
        ConnectionsPerAddress = section.Int("connections.per-address"),
        ConnectionsReply = Reply(section, "connections.reply"),
        RatePerAddress = section.Double("rate.per-address"),
        RatePerDomain = section.Double("rate.per-domain"),
        RateReply = Reply(section, "rate.reply"),
        UnknownUsers = section.Double("unknown-users.share", 0, 1),
        UnknownReply = Reply(section, "unknown-users.reply"),
        FullMailboxes = section.Double("full-mailboxes.share", 0, 1),
        FullReply = Reply(section, "full-mailboxes.reply"),
        GreylistDelay = section.Duration("greylist.delay"),
        GreylistReply = Reply(section, "greylist.reply"),
        Tarpit = section.Duration("tarpit"),
        Reputation = ReputationSettings.From(section.Section("reputation")),
        Bounces = section.Double("bounces.share", 0, 1),
        BounceDelay = section.Duration("bounces.delay"),
        BounceReply = Reply(section, "bounces.reply"),
        FeedbackTo = Feedback(section),
        FeedbackDelay = section.Duration("feedback.delay"),
        Dns = section.Enum<DnsBehaviour>("dns"),
        Rules = [.. section.Sections("rules", ruleDefaults).Select(r =>
        {
            CheckKeys(r, ruleDefaults, []);
            return RuleFrom(r);
        })],
    };

    private static Rule RuleFrom(ConfigSection section)
    {
        var rule = new Rule(section.Enum<Stage>("at"), section.Double("probability", 0, 1), section.OptionalString("reply") is null ? null : Reply(section, "reply"),
            section.Enum<Fault>("fault"), section.Duration("from"), section.Duration("for"));
        bool reply = rule.Reply is not null, fault = rule.Fault != Fault.None;
        if (rule.At == Stage.Tls ? reply || fault : reply == fault)
            throw section.Wrong("reply", "or fault must be given, one of the two, and none at the stage tls");
        return rule;
    }

    private static string Feedback(ConfigSection section)
    {
        string address = section.OptionalString("feedback.to") ?? "";
        return address.Length == 0 || SmtpPath.TryCreate(address, allowUtf8: false, out _) ? address : throw section.Wrong("feedback.to", $"must be an address or empty, is \"{address}\"");
    }

    internal static SmtpReply Reply(ConfigSection section, string key)
    {
        string text = section.String(key);
        if (text.Length < 5 || text[0] is not ('4' or '5') || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2]) || text[3] != ' ')
            throw section.Wrong(key, $"must be a 4yz or 5yz reply such as \"450 4.2.1 try later\", is \"{text}\"");
        return SmtpReply.Parse(text);
    }

    private static void CheckKeys(ConfigSection own, ConfigSection reference, string[] free)
    {
        foreach (string key in own.Keys)
        {
            if (!reference.Keys.Contains(key)) throw own.Wrong(key, $"is not known; known are {string.Join(", ", reference.Keys)}");
            if (!free.Contains(key) && reference.IsSection(key)) CheckKeys(own.Section(key), reference.Section(key), []);
        }
    }
}

/// <summary>How the reputation of a source address, 1 at first, changes, and what it leads to.</summary>
public sealed record ReputationSettings
{
    public required double UnknownUserCost { get; init; }
    public required double Complaints { get; init; }
    public required double ComplaintCost { get; init; }
    public required double AcceptedGain { get; init; }
    public required double DeferBelow { get; init; }
    public required SmtpReply DeferReply { get; init; }
    public required double RefuseBelow { get; init; }
    public required SmtpReply RefuseReply { get; init; }

    internal static ReputationSettings From(ConfigSection section) => new()
    {
        UnknownUserCost = section.Double("unknown-user-cost", 0, 1),
        Complaints = section.Double("complaints", 0, 1),
        ComplaintCost = section.Double("complaint-cost", 0, 1),
        AcceptedGain = section.Double("accepted-gain", 0, 1),
        DeferBelow = section.Double("defer-below", 0, 1),
        DeferReply = Profile.Reply(section, "defer-reply"),
        RefuseBelow = section.Double("refuse-below", 0, 1),
        RefuseReply = Profile.Reply(section, "refuse-reply"),
    };
}

using System.Net;
using Mta.Accounts;
using Mta.Config;
using Mta.Protocol.Pop3;
using Mta.Protocol.Sasl;

namespace Mta.Pop3;

/// <summary><c>mta.pop3</c>: how people fetch their mail by POP3.</summary>
public sealed record Pop3Settings
{
    // RFC 1939 §3
    private static readonly TimeSpan LeastIdle = TimeSpan.FromMinutes(10);

    public required string Hostname { get; init; }
    public required SaslMechanisms Mechanisms { get; init; }

    /// <summary>Sign in without TLS, from this machine alone.</summary>
    public required bool PlaintextOnLoopback { get; init; }

    /// <summary>Failed sign-ins of a connection.</summary>
    public required int MaxFailures { get; init; }
    public required int MaxErrors { get; init; }
    public required int MaxStrangerCommands { get; init; }

    /// <summary>Messages of a mailbox that a session shows.</summary>
    public required int MaxMessages { get; init; }
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>From the connection to the end of the sign-in.</summary>
    public required TimeSpan SignInTimeout { get; init; }
    public required TimeSpan SessionTimeout { get; init; }
    public required TimeSpan HandshakeTimeout { get; init; }
    public required TimeSpan LingerTimeout { get; init; }

    /// <summary>How long the accounts and the mailboxes may take for an answer.</summary>
    public required TimeSpan AnswerLimit { get; init; }

    /// <summary>The share of its connections above which a listener is under stress, and what it gives strangers then.</summary>
    public required double StressAbove { get; init; }
    public required TimeSpan StressSignInTimeout { get; init; }

    public static Pop3Settings From(ConfigSection pop3, string hostname)
    {
        var (limits, timeouts) = (pop3.Section("limits"), pop3.Section("timeouts"));
        var stress = timeouts.Section("stress");
        var idle = timeouts.Duration("idle");
        if (idle < LeastIdle) throw timeouts.Wrong("idle", "must be 10m or more, or programs find themselves signed out");
        return new()
        {
            Hostname = hostname,
            Mechanisms = MechanismList.From(pop3, "mechanisms"),
            PlaintextOnLoopback = pop3.Bool("allow-plaintext-on-loopback"),
            MaxFailures = limits.Int("failures", min: 1),
            MaxErrors = limits.Int("errors", min: 1),
            MaxStrangerCommands = limits.Int("stranger-commands", min: 1),
            MaxMessages = limits.Int("messages", min: 1, max: 10_000_000),
            IdleTimeout = idle,
            SignInTimeout = timeouts.Duration("sign-in"),
            SessionTimeout = timeouts.Duration("session"),
            HandshakeTimeout = timeouts.Duration("handshake"),
            LingerTimeout = timeouts.Duration("linger"),
            AnswerLimit = pop3.Duration("answer-limit"),
            StressAbove = stress.Double("above", 0, 1),
            StressSignInTimeout = stress.Duration("sign-in"),
        };
    }

    /// <summary>What a session of one client offers.</summary>
    /// <param name="hasTokens">There is someone who judges tokens.</param>
    public Pop3ServerOptions Options(IPAddress client, bool hasTokens) => new()
    {
        Hostname = Hostname,
        Mechanisms = hasTokens ? Mechanisms : Mechanisms & ~SaslMechanisms.Tokens,
        WithoutTls = PlaintextOnLoopback && IPAddress.IsLoopback(client),
        MaxFailures = MaxFailures,
        MaxErrors = MaxErrors,
        MaxStrangerCommands = MaxStrangerCommands,
    };
}

using Mta.Accounts;
using Mta.Config;
using Mta.Imap.Sharing;
using Mta.Protocol.Sasl;

namespace Mta.Imap;

/// <summary><c>mta.imap</c>.</summary>
/// <param name="MaxFailures">Failed sign-ins of a connection.</param>
/// <param name="PlaintextOnLoopback">Sign in without TLS, from this machine alone.</param>
/// <param name="SignInTimeout">A client that has not signed in by then is sent away.</param>
/// <param name="IdleTimeout">RFC 9051 §5.4: at least 30 minutes for one that has.</param>
/// <param name="SendTimeout">How long a client may take for what was sent to it.</param>
/// <param name="AppendLimit">Octets of the largest message that APPEND takes (RFC 7889).</param>
/// <param name="SearchIndexFrom">Texts of a mailbox that one search has to read before they get an index; 0 for never.</param>
/// <param name="MaxCommands">Commands that are executed at once, for all connections.</param>
/// <param name="MaxErrors">Commands that were not understood, one after the other.</param>
public sealed record ImapSettings(
    SaslMechanisms Mechanisms, int MaxFailures, bool PlaintextOnLoopback, TimeSpan SignInTimeout, TimeSpan IdleTimeout, TimeSpan SendTimeout, TimeSpan HandshakeTimeout, TimeSpan LingerTimeout, TimeSpan AnswerLimit,
    long AppendLimit, int SearchIndexFrom, int MaxCommands, int MaxErrors, double StressAbove, TimeSpan StressSignInTimeout, MetadataSettings Metadata)
{
    public static ImapSettings From(ConfigSection section) => new(
        MechanismList.From(section, "mechanisms"),
        section.Int("max-failures", min: 1),
        section.Bool("allow-plaintext-on-loopback"),
        section.Duration("sign-in-timeout"),
        section.Duration("idle-timeout"),
        section.Duration("send-timeout"),
        section.Duration("handshake-timeout"),
        section.Duration("linger-timeout"),
        section.Duration("answer-limit"),
        section.Size("append-limit"),
        section.Int("search-index-from", min: 0),
        section.Int("max-commands", min: 1),
        section.Int("max-errors", min: 1),
        section.Double("stress-above", 0, 1),
        section.Duration("stress-sign-in-timeout"),
        MetadataSettings.From(section.Section("metadata")));
}

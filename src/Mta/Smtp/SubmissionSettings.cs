using System.Net;
using Mta.Accounts;
using Mta.Config;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp.Server;

namespace Mta.Smtp;

/// <summary><c>mta.submission</c>: how our own users hand in their mail (RFC 6409).</summary>
/// <param name="MaxFailures">Failed sign-ins of a connection.</param>
/// <param name="PlaintextOnLoopback">Sign in without TLS, from this machine alone.</param>
/// <param name="CheckFrom">The From field must be the user's too, not only the reverse-path.</param>
/// <param name="AnswerLimit">How long the accounts may take for an answer.</param>
public sealed record SubmissionSettings(
    SaslMechanisms Mechanisms, int MaxFailures, bool PlaintextOnLoopback, bool CheckFrom, BareNewlines BareNewlines, TimeSpan AnswerLimit)
{
    public static SubmissionSettings From(ConfigSection section) => new(
        MechanismList.From(section, "mechanisms"),
        section.Int("max-failures", min: 1),
        section.Bool("allow-plaintext-on-loopback"),
        section.Bool("check-from"),
        section.Enum<BareNewlines>("bare-newlines"),
        section.Duration("answer-limit"));

    /// <summary>What a session of one client offers.</summary>
    /// <param name="smtp">What holds for all who send to us.</param>
    /// <param name="hasTokens">There is someone who judges tokens.</param>
    public SmtpServerOptions Options(SmtpServerOptions smtp, IPAddress client, bool hasTokens) => smtp with
    {
        Auth = new(
            hasTokens ? Mechanisms : Mechanisms & ~SaslMechanisms.Tokens, IsRequired: true, WithoutTls: PlaintextOnLoopback && IPAddress.IsLoopback(client), MaxFailures),
        VerifySender = true,
        BareNewlines = BareNewlines,
    };
}

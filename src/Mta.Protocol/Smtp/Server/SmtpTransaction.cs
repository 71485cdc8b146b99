using Mta.Protocol.Addresses;

namespace Mta.Protocol.Smtp.Server;

/// <summary>A mail transaction as it grows: what MAIL and the accepted RCPT commands said (RFC 5321 §3.3).</summary>
public sealed class SmtpTransaction(MailPath reversePath, MailParameters parameters)
{
    private readonly List<SmtpRecipient> _recipients = [];

    public MailPath ReversePath { get; } = reversePath;
    public MailParameters Parameters { get; } = parameters;
    public IReadOnlyList<SmtpRecipient> Recipients => _recipients;

    /// <summary>Recipients that were refused.</summary>
    public int Refused { get; internal set; }

    internal void Add(SmtpRecipient recipient) => _recipients.Add(recipient);
}

/// <summary>A recipient and its parameters. The path of <c>&lt;postmaster&gt;</c> has no domain.</summary>
public sealed record SmtpRecipient(MailPath Path, RcptParameters Parameters);

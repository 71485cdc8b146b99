using Mta.Protocol.Sasl;

namespace Mta.Protocol.Smtp.Client;

/// <summary>How <see cref="SmtpClientSession"/> uses STARTTLS; what the certificate must be is the shell's.</summary>
public enum StartTlsUse : byte
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Where it is offered (RFC 7435).</summary>
    WhenOffered,

    /// <summary>Nothing is sent without it.</summary>
    Always,
}

/// <summary>What a session has to know before it starts.</summary>
/// <param name="HostName">The argument of EHLO: our name, or our address as a literal (RFC 5321 §4.1.1.1).</param>
/// <param name="Credentials">Who we are to the server, or null. Said in the clear only under <see cref="StartTlsUse.Never"/>.</param>
/// <param name="Chunking">Use BDAT where it is offered (RFC 3030).</param>
public sealed record SmtpClientOptions(string HostName, StartTlsUse Tls, SaslCredentials? Credentials, bool Chunking)
{
    /// <summary>LHLO in the place of EHLO, and after the message a reply for each recipient that was accepted (RFC 2033 §4).</summary>
    public bool Lmtp { get; init; }
}

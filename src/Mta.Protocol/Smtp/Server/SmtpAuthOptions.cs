using Mta.Protocol.Sasl;

namespace Mta.Protocol.Smtp.Server;

/// <summary>How an <see cref="SmtpServerSession"/> lets clients sign in (RFC 4954).</summary>
/// <param name="Mechanisms">What may be offered; a session leaves out SCRAM-SHA-256-PLUS where there is no channel binding.</param>
/// <param name="IsRequired">No mail without it: 530 5.7.0.</param>
/// <param name="WithoutTls">Also in the clear, which is for loopback alone; otherwise 538 5.7.11.</param>
/// <param name="MaxFailures">Failed sign-ins of a session before it is closed with 421.</param>
public sealed record SmtpAuthOptions(SaslMechanisms Mechanisms, bool IsRequired, bool WithoutTls, int MaxFailures);

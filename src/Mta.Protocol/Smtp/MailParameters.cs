namespace Mta.Protocol.Smtp;

/// <summary>BODY= of MAIL (RFC 6152, RFC 3030 §3).</summary>
public enum BodyType : byte { SevenBit, EightBitMime, BinaryMime }

/// <summary>RET= of MAIL (RFC 3461 §4.3): how much of the message a failure DSN carries.</summary>
public enum DsnReturn : byte { Unspecified, Full, Headers }

/// <summary>NOTIFY= of RCPT (RFC 3461 §4.1). <see cref="Unspecified"/> means failure and, where we choose so, delay.</summary>
[Flags]
public enum DsnNotify : byte { Unspecified = 0, Never = 1, Success = 2, Failure = 4, Delay = 8 }

/// <summary>BY= of MAIL (RFC 2852 §4): seconds until the deadline; when it passes, return the message or tell of the delay.</summary>
public sealed record DeliverBy(long Seconds, bool Return, bool Trace);

/// <summary>The parameters of a MAIL command, each at its default when the client did not send it.</summary>
public sealed record MailParameters
{
    /// <summary>No parameter at all.</summary>
    public static MailParameters None { get; } = new();

    /// <summary>SIZE=, octets (RFC 1870 §5), or null.</summary>
    public long? Size { get; init; }
    public BodyType Body { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531 §3.4).</summary>
    public bool SmtpUtf8 { get; init; }
    public DsnReturn Return { get; init; }

    /// <summary>ENVID= as sent, still xtext (RFC 3461 §4.4), at most 100 characters, or null.</summary>
    public string? EnvelopeId { get; init; }
    public DeliverBy? DeliverBy { get; init; }

    /// <summary>HOLDFOR= in seconds (RFC 4865 §4), or null.</summary>
    public long? HoldFor { get; init; }

    /// <summary>HOLDUNTIL= (RFC 4865 §4), or null.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>MT-PRIORITY=, -9 to 9 (RFC 6710 §4).</summary>
    public int Priority { get; init; }

    /// <summary>REQUIRETLS (RFC 8689 §2).</summary>
    public bool RequireTls { get; init; }

    /// <summary>AUTH= as sent, still xtext (RFC 4954 §5), or null.</summary>
    public string? Auth { get; init; }
}

/// <summary>The parameters of an RCPT command.</summary>
public sealed record RcptParameters(DsnNotify Notify, string? OriginalRecipient)
{
    /// <summary>No parameter at all.</summary>
    public static RcptParameters None { get; } = new(DsnNotify.Unspecified, null);
}

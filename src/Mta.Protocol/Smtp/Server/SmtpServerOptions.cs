namespace Mta.Protocol.Smtp.Server;

/// <summary>The service extensions of our server (IANA "SMTP Service Extensions"); a session offers a subset.</summary>
[Flags]
public enum SmtpExtensions
{
    None = 0,
    Pipelining = 1 << 0,
    Size = 1 << 1,
    EightBitMime = 1 << 2,
    SmtpUtf8 = 1 << 3,
    Chunking = 1 << 4,
    BinaryMime = 1 << 5,
    EnhancedStatusCodes = 1 << 6,
    Dsn = 1 << 7,
    StartTls = 1 << 8,
    DeliverBy = 1 << 9,
    FutureRelease = 1 << 10,
    MtPriority = 1 << 11,
    RequireTls = 1 << 12,
    Limits = 1 << 13,
    Auth = 1 << 14,
}

/// <summary>What to do with a CR or LF that stands alone (RFC 5321 §2.3.8 forbids it; reading it as an end of line is how mail is smuggled).</summary>
public enum BareNewlines : byte
{
    /// <summary>Refuse the message, 550 5.6.0.</summary>
    Refuse,

    /// <summary>Turn each into CRLF, after the dots are dealt with, so that it never ends a message.</summary>
    Normalize,
}

/// <summary>What an <see cref="SmtpServerSession"/> offers and bears. Shared by all sessions of a listener.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>Our name in the greeting, in EHLO and in Received.</summary>
    public required string Hostname { get; init; }

    /// <summary>What may be offered; the state of a session takes away from it (no STARTTLS under TLS, no REQUIRETLS without).</summary>
    public required SmtpExtensions Extensions { get; init; }

    /// <summary>Octets of a message as the client sends it.</summary>
    public required long MaxMessageSize { get; init; }

    /// <summary>Octets of a message's header section.</summary>
    public required long MaxHeaderSize { get; init; }

    /// <summary>Octets of a line of text, CRLF not counted; 0 for any.</summary>
    public required long MaxTextLine { get; init; }

    /// <summary>Octets of a command line, CRLF included; at least 512 (RFC 5321 §4.5.3.1.4).</summary>
    public required int MaxCommandLine { get; init; }

    /// <summary>Received fields from which on a message is held to go round in circles (RFC 5321 §6.3).</summary>
    public required int MaxHops { get; init; }

    /// <summary>Recipients of a transaction; at least 100 (RFC 5321 §4.5.3.1.8).</summary>
    public required int MaxRecipients { get; init; }

    /// <summary>Transactions of a session; 0 for any number.</summary>
    public required int MaxTransactions { get; init; }

    /// <summary>Wrong commands since the last accepted message, before the session is closed.</summary>
    public required int MaxErrors { get; init; }

    /// <summary>Commands since the last accepted message that led nowhere (NOOP, RSET, VRFY, refused recipients), before the session is closed.</summary>
    public required int MaxJunkCommands { get; init; }

    /// <summary>From trusted clients; those of others are always refused.</summary>
    public required BareNewlines BareNewlines { get; init; }

    /// <summary>Whether a text message may hold NUL octets.</summary>
    public required bool AllowNul { get; init; }

    /// <summary>The least time of BY= with R that we take on (RFC 2852 §4).</summary>
    public required TimeSpan MinDeliverBy { get; init; }

    /// <summary>The longest that a client may have its message held (RFC 4865).</summary>
    public required TimeSpan MaxHold { get; init; }

    /// <summary>Whether each MAIL that was understood is judged by the shell (<see cref="SmtpEffect.VerifySender"/>) before it is accepted.</summary>
    public bool VerifySender { get; init; }

    /// <summary>Whether the client's introduction is judged by the shell (<see cref="SmtpEffect.VerifyHello"/>): the first one, and the first under TLS.</summary>
    public bool VerifyHello { get; init; }

    /// <summary>Whether each STARTTLS is judged by the shell (<see cref="SmtpEffect.VerifyStartTls"/>) before it is accepted.</summary>
    public bool VerifyStartTls { get; init; }

    /// <summary>How clients sign in (<see cref="SmtpEffect.Authenticate"/>), or null where they do not.</summary>
    public SmtpAuthOptions? Auth { get; init; }

    /// <summary>RFC 2033: LHLO in the place of EHLO and HELO, and after the content a reply for each recipient that was accepted.</summary>
    public bool Lmtp { get; init; }
}

/// <summary>What the shell of a session has to do next.</summary>
public enum SmtpEffect : byte
{
    /// <summary>Send the output, read on.</summary>
    NeedInput,

    /// <summary>Judge the client by <see cref="SmtpServerSession.HeloName"/>; then <c>HelloAccepted</c> or <c>HelloRefused</c>.</summary>
    VerifyHello,

    /// <summary>Judge whether TLS may begin; then <c>StartTlsAccepted</c> or <c>StartTlsRefused</c>.</summary>
    VerifyStartTls,

    /// <summary>
    /// Find out what <see cref="SmtpServerSession.PendingStep"/> asks for; then <c>SignInAccepted</c>, <c>SignInRefused</c>, or <c>KeysFound</c>.
    /// </summary>
    Authenticate,

    /// <summary>Judge the sender of <see cref="SmtpServerSession.Transaction"/>; then <c>SenderAccepted</c> or <c>SenderRefused</c>.</summary>
    VerifySender,

    /// <summary>Judge <see cref="SmtpServerSession.PendingRecipient"/>; then <c>RecipientAccepted</c> or <c>RecipientRefused</c>.</summary>
    VerifyRecipient,

    /// <summary>Make a place for the message; then <c>MessageOpened</c> or <c>MessageRefused</c>.</summary>
    OpenMessage,

    /// <summary>The message is complete: store it; then <c>MessageStored</c>, <c>MessageNotStored</c>, or under LMTP <c>MessageAnswered</c>.</summary>
    StoreMessage,

    /// <summary>
    /// What was opened came to nothing: drop it, go on. <see cref="SmtpServerSession.Refusal"/> says why, null where the client gave it up.
    /// </summary>
    DiscardMessage,

    /// <summary>Send the output, shake hands; then <c>TlsEstablished</c>, or close.</summary>
    StartTls,

    /// <summary>Send the output, close. Drop what was opened.</summary>
    Close,
}

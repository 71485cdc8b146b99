using Mta.Protocol.Sasl;

namespace Mta.Protocol.Pop3;

/// <summary>What a <see cref="Pop3ServerSession"/> offers and bears.</summary>
public sealed record Pop3ServerOptions
{
    /// <summary>Our name in the greeting.</summary>
    public required string Hostname { get; init; }

    /// <summary>What may be offered; a session leaves out SCRAM-SHA-256-PLUS where there is no channel binding. USER and PASS go with PLAIN.</summary>
    public required SaslMechanisms Mechanisms { get; init; }

    /// <summary>Clients may sign in in the clear, too, which is for loopback alone.</summary>
    public required bool WithoutTls { get; init; }

    /// <summary>Failed sign-ins of a session before it is closed.</summary>
    public required int MaxFailures { get; init; }

    /// <summary>Wrong commands of a session before it is closed; a sign-in forgives them.</summary>
    public required int MaxErrors { get; init; }

    /// <summary>Commands of a client that has not signed in before its session is closed.</summary>
    public required int MaxStrangerCommands { get; init; }
}

/// <summary>What the shell of a session has to do next.</summary>
public enum Pop3Effect : byte
{
    /// <summary>Send the output, read on.</summary>
    NeedInput,

    /// <summary>Send the output, then go on with the same input: there is more to say than fits into memory at once.</summary>
    SendOutput,

    /// <summary>
    /// Find out what <see cref="Pop3ServerSession.PendingStep"/> asks for; then <c>SignInAccepted</c>, <c>SignInRefused</c>, or <c>KeysFound</c>.
    /// </summary>
    Authenticate,

    /// <summary>Open the mailbox of <see cref="Pop3ServerSession.AccountName"/> for this session alone; then <c>MaildropOpened</c> or <c>MaildropRefused</c>.</summary>
    OpenMaildrop,

    /// <summary>
    /// Look for <see cref="Pop3ServerSession.PendingMessage"/>; then <c>MessageFound</c>, its octets piece by piece by <c>MessageText</c>, sending the output in
    /// between, and <c>MessageEnded</c>; or <c>MessageMissing</c> or <c>MessageFailed</c> in place of <c>MessageFound</c>.
    /// </summary>
    ReadMessage,

    /// <summary>Remove <see cref="Pop3ServerSession.Deleted"/> for good; then <c>Updated</c> or <c>NotUpdated</c>.</summary>
    Update,

    /// <summary>Send the output, shake hands; then <c>TlsEstablished</c>, or close.</summary>
    StartTls,

    /// <summary>Send the output, close. Nothing is removed any more.</summary>
    Close,
}

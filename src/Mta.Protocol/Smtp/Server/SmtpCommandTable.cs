using System.Text;

namespace Mta.Protocol.Smtp.Server;

internal enum SmtpVerb : byte { Mail, Rcpt, Data, Bdat, Rset, Quit, Ehlo, Helo, Lhlo, StartTls, Noop, Vrfy, Expn, Help, Auth }

/// <summary>Where a session stands between two commands.</summary>
[Flags]
internal enum SmtpState : byte
{
    /// <summary>Neither EHLO, HELO nor LHLO was said (since the connection, or since TLS began).</summary>
    Connected = 1,
    Greeted = 2,

    /// <summary>MAIL was accepted, no recipient yet.</summary>
    Mail = 4,

    /// <summary>At least one recipient was accepted.</summary>
    Recipients = 8,

    /// <summary>BDAT came, LAST has not.</summary>
    Chunks = 16,

    /// <summary>A chunk was refused: the message is lost, the transaction lasts (RFC 3030 §2).</summary>
    ChunkFailed = 32,

    Transaction = Mail | Recipients | Chunks | ChunkFailed,
    Any = Connected | Greeted | Transaction,
}

internal enum Argument : byte { None, Optional, Required }

/// <summary>One line of the table: the verb, its argument, the states in which it is legal, and whether it can go on for ever without use.</summary>
internal sealed record SmtpCommandRule(string Name, SmtpVerb Verb, Argument Argument, SmtpState Legal, bool Junk);

/// <summary>What is legal when (RFC 5321 §4.1.4, RFC 2033 §4.1, RFC 3030 §2, RFC 3207 §4).</summary>
internal static class SmtpCommandTable
{
    private static readonly SmtpCommandRule[] Rules =
    [
        new("MAIL", SmtpVerb.Mail, Argument.Required, SmtpState.Greeted, Junk: false),
        new("RCPT", SmtpVerb.Rcpt, Argument.Required, SmtpState.Mail | SmtpState.Recipients, Junk: false),
        new("DATA", SmtpVerb.Data, Argument.None, SmtpState.Recipients, Junk: false),
        // legal everywhere, because its octets follow whatever we think of it; what it says depends on the state
        new("BDAT", SmtpVerb.Bdat, Argument.Required, SmtpState.Any, Junk: false),
        new("RSET", SmtpVerb.Rset, Argument.None, SmtpState.Any, Junk: true),
        new("QUIT", SmtpVerb.Quit, Argument.None, SmtpState.Any, Junk: false),
        new("EHLO", SmtpVerb.Ehlo, Argument.Required, SmtpState.Any, Junk: true),
        new("HELO", SmtpVerb.Helo, Argument.Required, SmtpState.Any, Junk: true),
        new("LHLO", SmtpVerb.Lhlo, Argument.Required, SmtpState.Any, Junk: true),
        new("STARTTLS", SmtpVerb.StartTls, Argument.None, SmtpState.Connected | SmtpState.Greeted, Junk: true),
        new("NOOP", SmtpVerb.Noop, Argument.Optional, SmtpState.Any, Junk: true),
        new("VRFY", SmtpVerb.Vrfy, Argument.Required, SmtpState.Any, Junk: true),
        new("EXPN", SmtpVerb.Expn, Argument.Required, SmtpState.Any, Junk: true),
        new("HELP", SmtpVerb.Help, Argument.Optional, SmtpState.Any, Junk: true),
        new("AUTH", SmtpVerb.Auth, Argument.Required, SmtpState.Any, Junk: true),
    ];

    /// <summary>The rule of a verb, or null; case does not matter (RFC 5321 §2.4).</summary>
    public static SmtpCommandRule? Find(ReadOnlySpan<byte> verb)
    {
        foreach (var rule in Rules)
            if (Ascii.EqualsIgnoreCase(verb, rule.Name)) return rule;
        return null;
    }

    /// <summary>RFC 2033 §4.1: LMTP knows neither EHLO nor HELO; SMTP does not know LHLO.</summary>
    public static bool Has(SmtpVerb verb, bool lmtp) => lmtp ? verb is not (SmtpVerb.Ehlo or SmtpVerb.Helo) : verb != SmtpVerb.Lhlo;

    /// <summary>What to answer to a command that is not legal in this state.</summary>
    public static SmtpReply OutOfPlace(SmtpVerb verb, SmtpState state, bool recipientsRefused) => (verb, state) switch
    {
        (_, SmtpState.Connected) => SmtpServerReplies.HelloFirst,
        (SmtpVerb.Mail, _) => SmtpServerReplies.NestedMail,
        (SmtpVerb.StartTls, _) => SmtpServerReplies.NestedMail,
        (_, SmtpState.Chunks) => SmtpServerReplies.ChunksOnly,
        (_, SmtpState.ChunkFailed) => SmtpServerReplies.ChunkFailed,
        (_, SmtpState.Greeted) => SmtpServerReplies.MailFirst,
        // RFC 5321 §3.3: 554 when all recipients were refused
        _ => recipientsRefused ? SmtpServerReplies.NoRecipients : SmtpServerReplies.RecipientFirst,
    };
}

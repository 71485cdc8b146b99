using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Sasl;

namespace Mta.Imap;

/// <summary>What all IMAP connections share.</summary>
/// <param name="SignIns">What a client may sign in with.</param>
/// <param name="Tls">Chooses the certificate of a handshake; null where STARTTLS is not offered.</param>
public sealed record ImapServerContext(
    ImapSettings Settings, SignInSettings SignIns, IDirectory Directory, ITokenValidator? Tokens, MailboxClient Mailboxes, TimeProvider Clock, ILogger Log, ServerOptionsSelectionCallback? Tls)
{
    internal ConnectionTerms Terms => new(Clock, Log, Tls, Settings.HandshakeTimeout, Timeout.InfiniteTimeSpan, Settings.LingerTimeout, Settings.AnswerLimit);

    /// <summary>The mechanisms that are offered now; none where a password would go in the clear.</summary>
    internal SaslMechanisms Mechanisms(IPAddress client, bool hasTls, bool hasBinding)
    {
        if (!hasTls && !(SignIns.PlaintextOnLoopback && IPAddress.IsLoopback(client))) return SaslMechanisms.None;
        var mechanisms = Tokens is null ? SignIns.Mechanisms & ~SaslMechanisms.Tokens : SignIns.Mechanisms;
        return hasBinding ? mechanisms : mechanisms & ~SaslMechanisms.ScramSha256Plus;
    }
}

using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Config;
using Mta.Imap.Fetching;
using Mta.Imap.Searching;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Sasl;

namespace Mta.Imap;

/// <summary>What all IMAP connections share.</summary>
/// <param name="Tls">Chooses the certificate of a handshake; null where STARTTLS is not offered.</param>
public sealed record ImapServerContext(
    ImapSettings Settings, IDirectory Directory, ITokenValidator? Tokens, MailboxClient Mailboxes, TimeProvider Clock, ILogger Log, ServerOptionsSelectionCallback? Tls)
{
    /// <summary>Those of a copy go with it: all connections have one gate.</summary>
    public ImapSettings Settings
    {
        get;
        init
        {
            field = value;
            Gate.Limit = value.MaxCommands;
        }
    } = Settings;

    internal CommandGate Gate { get; } = new(Settings.MaxCommands);

    internal SummaryCache Summaries { get; } = new();
    internal HeaderTexts HeaderTexts { get; } = new();

    internal ConnectionTerms Terms => new(Clock, Log, Tls, Settings.HandshakeTimeout, Timeout.InfiniteTimeSpan, Settings.LingerTimeout, Settings.AnswerLimit);

    /// <summary>Throws <see cref="ConfigException"/> for a listener at which nobody could ever sign in.</summary>
    public static void Check(IEnumerable<ListenerSettings> listeners, ImapSettings settings, bool hasTls)
    {
        foreach (var listener in listeners.Where(l => l.Kind is ListenerKind.Imap or ListenerKind.Imaps))
            listener.CheckSignIn(hasTls, settings.PlaintextOnLoopback && listener.Kind == ListenerKind.Imap);
    }

    /// <summary>The mechanisms that are offered now; none where a password would go in the clear.</summary>
    internal SaslMechanisms Mechanisms(IPAddress client, bool hasTls, bool hasBinding)
    {
        if (!hasTls && !(Settings.PlaintextOnLoopback && IPAddress.IsLoopback(client))) return SaslMechanisms.None;
        var mechanisms = Tokens is null ? Settings.Mechanisms & ~SaslMechanisms.Tokens : Settings.Mechanisms;
        return hasBinding ? mechanisms : mechanisms & ~SaslMechanisms.ScramSha256Plus;
    }
}

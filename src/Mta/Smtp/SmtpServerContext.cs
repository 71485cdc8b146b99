using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Config;
using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Smtp.Server;
using Mta.Spool;

namespace Mta.Smtp;

/// <summary>What all connections share.</summary>
public sealed record SmtpServerContext
{
    public required SmtpSettings Settings { get; init; }
    public required ISpool Spool { get; init; }

    /// <summary>Partitions of the queue; a message goes to the one with its id modulo this.</summary>
    public required int Partitions { get; init; }
    public required MessageIdSource Ids { get; init; }
    public required IRelayPolicy Policy { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }

    /// <summary>Chooses the certificate of a handshake; null where STARTTLS is not offered.</summary>
    public required ServerOptionsSelectionCallback? Tls { get; init; }

    /// <summary>Whose mailboxes and accounts are here, or null where there are none.</summary>
    public IDirectory? Directory { get; init; }

    /// <summary>Who judges OAuth tokens, or null where nobody does.</summary>
    public ITokenValidator? Tokens { get; init; }
    public required SubmissionSettings Submission { get; init; }
    public required SendingRates Rates { get; init; }

    internal ConnectionTerms Terms => new(
        Clock, Log, Tls, Settings.HandshakeTimeout, Settings.SessionTimeout, Settings.LingerTimeout, Submission.AnswerLimit);

    /// <summary>What a session of one client offers at a listener of this kind.</summary>
    public SmtpServerOptions OptionsFor(ListenerKind kind, IPAddress client) => kind switch
    {
        ListenerKind.Submission or ListenerKind.Submissions => Submission.Options(Settings.Options, client, Tokens is not null),
        ListenerKind.Lmtp => Settings.Options with { Lmtp = true },
        _ => Settings.Options,
    };

    /// <summary>Throws <see cref="ConfigException"/> for a listener at which nobody could ever sign in.</summary>
    public static void Check(IEnumerable<ListenerSettings> listeners, SubmissionSettings submission, bool hasTls)
    {
        foreach (var listener in listeners.Where(l => l.Kind is ListenerKind.Submission or ListenerKind.Submissions))
            listener.CheckSignIn(hasTls, submission.PlaintextOnLoopback && listener.Kind == ListenerKind.Submission);
    }
}

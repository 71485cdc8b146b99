using System.Net.Security;
using Microsoft.Extensions.Logging;
using Mta.Accounts;
using Mta.Config;
using Mta.Net;

namespace Mta.Pop3;

/// <summary>What all POP3 connections share.</summary>
public sealed record Pop3ServerContext
{
    public required Pop3Settings Settings { get; init; }
    public required IDirectory Directory { get; init; }

    /// <summary>Who judges OAuth tokens, or null where nobody does.</summary>
    public required ITokenValidator? Tokens { get; init; }
    public required IMaildrops Maildrops { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }

    /// <summary>Chooses the certificate of a handshake; null where STLS is not offered.</summary>
    public required ServerOptionsSelectionCallback? Tls { get; init; }

    internal ConnectionTerms Terms => new(
        Clock, Log, Tls, Settings.HandshakeTimeout, Settings.SessionTimeout, Settings.LingerTimeout, Settings.AnswerLimit);

    /// <summary>Throws <see cref="ConfigException"/> for a listener at which nobody could ever sign in.</summary>
    public static void Check(IEnumerable<ListenerSettings> listeners, Pop3Settings settings, bool hasTls)
    {
        foreach (var listener in listeners.Where(l => l.Kind is ListenerKind.Pop3 or ListenerKind.Pop3s))
            listener.CheckSignIn(hasTls, settings.PlaintextOnLoopback && listener.Kind == ListenerKind.Pop3);
    }
}

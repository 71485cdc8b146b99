using System.Net;
using Microsoft.Extensions.Logging;

namespace Mta.Imap;

internal static partial class ImapLog
{
    [LoggerMessage(1, LogLevel.Information, "imap-session user=<{User}> client={Client} tls=\"{Tls}\" end=\"{Reason}\"")]
    public static partial void Session(ILogger logger, string user, IPAddress client, string tls, string reason);

    [LoggerMessage(2, LogLevel.Warning, "imap-sign-in-refused user=<{User}> client={Client}")]
    public static partial void SignInRefused(ILogger logger, string user, IPAddress client);

    [LoggerMessage(3, LogLevel.Debug, "imap-client client={Client} id=\"{Id}\"")]
    public static partial void Identified(ILogger logger, IPAddress client, string id);

    [LoggerMessage(4, LogLevel.Error, "an IMAP command failed in a way that it must not, client={Client}")]
    public static partial void Crashed(ILogger logger, Exception cause, IPAddress client);
}

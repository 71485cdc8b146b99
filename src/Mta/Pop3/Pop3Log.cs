using System.Net;
using Microsoft.Extensions.Logging;

namespace Mta.Pop3;

/// <summary>What POP3 writes to the log: a line for each session, and for each sign-in that came to nothing.</summary>
internal static partial class Pop3Log
{
    [LoggerMessage(1, LogLevel.Information, "session user={User} messages={Messages} retrieved={Retrieved} size={Size} deleted={Deleted} client={Client} tls=\"{Tls}\" reason=\"{Reason}\"")]
    public static partial void Session(ILogger log, string user, int messages, int retrieved, long size, int deleted, IPAddress client, string tls, string reason);

    [LoggerMessage(2, LogLevel.Information, "refused sign-in user={User} client={Client} tls=\"{Tls}\"")]
    public static partial void SignInRefused(ILogger log, string user, IPAddress client, string tls);

    [LoggerMessage(3, LogLevel.Information, "mailbox in use user={User} client={Client}")]
    public static partial void InUse(ILogger log, string user, IPAddress client);

    [LoggerMessage(4, LogLevel.Warning, "mailbox user={User} cannot be read or changed now client={Client}")]
    public static partial void MailboxFailed(ILogger log, string user, IPAddress client);
}

using System.Net;
using Microsoft.Extensions.Logging;
using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Smtp;

/// <summary>The lines of the mail log that the receiving side writes: one for each message accepted, one for each thing refused.</summary>
internal static partial class MailLog
{
    [LoggerMessage(1, LogLevel.Information, "accepted id={Id} from=<{From}> recipients={Recipients} size={Size} user={User} client={Client} helo={Helo} tls={Tls}")]
    public static partial void Accepted(ILogger log, MessageId id, string from, int recipients, long size, string user, IPAddress client, string helo, string tls);

    [LoggerMessage(2, LogLevel.Information, "refused id={Id} reply=\"{Reply}\" from=<{From}> recipients={Recipients} user={User} client={Client} helo={Helo} tls={Tls}")]
    public static partial void Refused(ILogger log, MessageId? id, SmtpReply reply, string from, int recipients, string user, IPAddress client, string helo, string tls);

    [LoggerMessage(3, LogLevel.Information, "refused to=<{To}> reply=\"{Reply}\" from=<{From}> user={User} client={Client} helo={Helo}")]
    public static partial void RecipientRefused(ILogger log, string to, SmtpReply reply, string from, string user, IPAddress client, string helo);

    [LoggerMessage(4, LogLevel.Information, "lost reason=\"{Reason}\" from=<{From}> user={User} client={Client} helo={Helo}")]
    public static partial void Lost(ILogger log, string reason, string from, string user, IPAddress client, string helo);

    [LoggerMessage(9, LogLevel.Information, "refused sign-in user={User} client={Client} helo={Helo}")]
    public static partial void SignInRefused(ILogger log, string user, IPAddress client, string helo);

    [LoggerMessage(10, LogLevel.Information, "refused from=<{From}> reply=\"{Reply}\" user={User} client={Client} helo={Helo}")]
    public static partial void SenderRefused(ILogger log, string from, SmtpReply reply, string user, IPAddress client, string helo);
}

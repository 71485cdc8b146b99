using Microsoft.Extensions.Logging;
using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Delivery;

/// <summary>The log lines of deliveries; one for each attempt at a recipient.</summary>
internal static partial class DeliveryLog
{
    /// <param name="queued">Seconds from receipt to the attempt.</param>
    /// <param name="connecting">Seconds it took to open the connection that was used; 0 when it was open already.</param>
    /// <param name="transaction">Seconds from MAIL to the reply.</param>
    [LoggerMessage(1, LogLevel.Information,
        "attempt id={Id} to=<{Recipient}> relay=\"{Relay}\" number={Attempt} delays={Queued:F2}/{Connecting:F2}/{Transaction:F2} tls={Tls} status={Status} reply=\"{Reply}\"")]
    public static partial void Attempted(
        ILogger logger, MessageId id, string recipient, string relay, int attempt, double queued, double connecting, double transaction, string tls, string status, SmtpReply reply);

    [LoggerMessage(2, LogLevel.Warning, "host-failed relay=\"{Relay}\" reply=\"{Reply}\"")]
    public static partial void HostFailed(ILogger logger, string relay, SmtpReply reply);

    [LoggerMessage(3, LogLevel.Information, "{Relay}: {Reason}; trying once more without TLS")]
    public static partial void TlsFailed(ILogger logger, string relay, string reason);

    [LoggerMessage(4, LogLevel.Error, "{Id}: the body cannot be read: {Reason}")]
    public static partial void BodyUnreadable(ILogger logger, MessageId id, string reason);

    [LoggerMessage(5, LogLevel.Error, "{Relay}: a connection failed in a way that it must not")]
    public static partial void Crashed(ILogger logger, Exception cause, string relay);

    [LoggerMessage(6, LogLevel.Debug, "{Relay}: open after {Seconds:F3} s, tls={Tls}")]
    public static partial void Opened(ILogger logger, string relay, double seconds, string tls);

    [LoggerMessage(7, LogLevel.Information, "slowed-down relay=\"{Relay}\" rate={PerSecond:F1}/s reply=\"{Reply}\"")]
    public static partial void SlowedDown(ILogger logger, string relay, double perSecond, SmtpReply reply);

    public static string Status(DeliveryResult result) => result switch
    {
        DeliveryResult.Delivered => "delivered",
        DeliveryResult.Deferred => "deferred",
        _ => "failed",
    };
}

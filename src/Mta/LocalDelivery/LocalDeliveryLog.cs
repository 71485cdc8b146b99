using Microsoft.Extensions.Logging;
using Mta.Mail;

namespace Mta.LocalDelivery;

internal static partial class LocalDeliveryLog
{
    [LoggerMessage(1, LogLevel.Error, "{Id}: a local delivery failed in a way that it must not")]
    public static partial void Crashed(ILogger logger, Exception cause, MessageId id);
}

using Microsoft.Extensions.Logging;
using Mta.Mail;
using Mta.Queue.Notifications;

namespace Mta.Queue;

/// <summary>The queue's log lines.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(3001, LogLevel.Information, "notification id={Id} about={Original} action={Action} to=<{Sender}> recipients={Recipients}")]
    public static partial void Notified(ILogger logger, MessageId id, MessageId original, NotificationAction action, string sender, int recipients);

    [LoggerMessage(3002, LogLevel.Warning, "notification-failed about={Original} reason=\"{Reason}\"; it will be tried again")]
    public static partial void NotificationFailed(ILogger logger, MessageId original, string reason);

    [LoggerMessage(3003, LogLevel.Information, "operator partition={Partition} action={Action} what=\"{Filter}\" messages={Messages} recipients={Recipients}")]
    public static partial void Changed(ILogger logger, int partition, QueueAction action, QueueFilter filter, int messages, int recipients);

    [LoggerMessage(3004, LogLevel.Warning, "queue partition={Partition} its journal cannot be shortened, will be tried again: {Reason}")]
    public static partial void CompactionFailed(ILogger logger, int partition, string reason);

    [LoggerMessage(3005, LogLevel.Error, "queue partition={Partition} stopped, its journal cannot be written; starting it again in {Wait}. Accepted mail is safe in the spool")]
    public static partial void PartitionStopped(ILogger logger, int partition, TimeSpan wait);
}

using Mta.Config;

namespace Mta.Queue;

/// <summary><c>mta.queue</c>; every key is explained in reference.conf.</summary>
public sealed record QueueSettings
{
    public required int Partitions { get; init; }
    public required RetrySchedule Retry { get; init; }
    public required double Jitter { get; init; }
    public required TimeSpan Expiry { get; init; }

    /// <summary>Zero: never.</summary>
    public required TimeSpan DelayWarning { get; init; }
    public required TimeSpan FlushInterval { get; init; }
    public required int CompactFrom { get; init; }
    public required int ReadyLimit { get; init; }
    public required int ReadyTotal { get; init; }
    public required string NotificationFrom { get; init; }
    public required long NotificationMaxReturn { get; init; }

    public static QueueSettings From(ConfigSection section)
    {
        RetrySchedule retry;
        try
        {
            retry = RetrySchedule.Parse(section.String("retry"));
        }
        catch (FormatException e)
        {
            throw section.Wrong("retry", "cannot be read: " + e.Message);
        }
        return new()
        {
            Partitions = section.Int("partitions", 1, 64),
            Retry = retry,
            Jitter = section.Double("jitter", 0, 0.5),
            Expiry = section.Duration("expiry"),
            DelayWarning = section.Duration("delay-warning"),
            FlushInterval = section.Duration("flush-interval"),
            CompactFrom = section.Int("compact-from", 1),
            ReadyLimit = section.Int("ready-limit", 1),
            ReadyTotal = section.Int("ready-total", 1),
            NotificationFrom = section.String("notification.from"),
            NotificationMaxReturn = section.Size("notification.max-return"),
        };
    }
}

using System.Diagnostics.Metrics;
using Mta.Mail;

namespace Mta.Delivery;

/// <summary>What is counted of deliveries.</summary>
public static class DeliveryMetrics
{
    private static readonly Meter Meter = new("Mta");

    private static readonly Counter<long> Attempts =
        Meter.CreateCounter<long>("mta.delivery.attempts", "{recipient}", "Attempts at recipients by result: delivered, deferred or failed.");

    private static readonly Counter<long> Connections =
        Meter.CreateCounter<long>("mta.delivery.connections", "{connection}", "Outgoing connections by result: opened or failed.");

    private static readonly Counter<long> Transactions =
        Meter.CreateCounter<long>("mta.delivery.transactions", "{transaction}", "Mail transactions, with tls=true where they were encrypted.");

    private static readonly UpDownCounter<long> Open =
        Meter.CreateUpDownCounter<long>("mta.delivery.connections.open", "{connection}", "Outgoing connections that are open.");

    private static int s_open;

    private static readonly Histogram<double> Latency =
        Meter.CreateHistogram<double>("mta.delivery.latency", "s", "From the receipt of a message to its delivery to a recipient.", null,
            // from the quickest next hop to a queue's expiry
            new() { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400, 432000] });

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("mta.delivery.transaction.duration", "s", "From MAIL to the last reply.", null,
            new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600] });

    /// <summary>Outgoing connections that are open, of all nodes in this process.</summary>
    public static int OpenConnections => Volatile.Read(ref s_open);

    /// <summary>Counts the attempt at one recipient.</summary>
    public static void Attempted(DeliveryResult result, TimeSpan sinceReceipt)
    {
        Attempts.Add(1, new KeyValuePair<string, object?>("result", DeliveryLog.Status(result)));
        if (result is DeliveryResult.Delivered) Latency.Record(sinceReceipt.TotalSeconds);
    }

    public static void Transaction(bool tls, TimeSpan duration)
    {
        Transactions.Add(1, new KeyValuePair<string, object?>("tls", tls));
        Duration.Record(duration.TotalSeconds);
    }

    public static void Opened()
    {
        Connections.Add(1, new KeyValuePair<string, object?>("result", "opened"));
        Open.Add(1);
        Interlocked.Increment(ref s_open);
    }

    public static void Closed()
    {
        Open.Add(-1);
        Interlocked.Decrement(ref s_open);
    }

    public static void ConnectionFailed() => Connections.Add(1, new KeyValuePair<string, object?>("result", "failed"));
}

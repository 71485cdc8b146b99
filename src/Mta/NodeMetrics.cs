using System.Diagnostics.Metrics;
using Mta.Queue;
using Mta.Spool;

namespace Mta;

/// <summary>What is measured of the queue and the spool: as they stand when they are asked for, the queue at most ten seconds old.</summary>
internal sealed class NodeMetrics : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly Meter _meter = new("Mta");
    private readonly ITimer _timer;
    private readonly QueueClient _queue;
    private QueueProtocol.PartitionStatus? _status;

    public NodeMetrics(QueueClient queue, ISpool spool, TimeProvider clock)
    {
        _queue = queue;
        Queue("mta.queue.messages", "{message}", "Messages in the queue.", s => s.Messages);
        Queue("mta.queue.recipients", "{recipient}", "Recipients that are not settled yet.", s => s.Recipients);
        Queue("mta.queue.deferred", "{recipient}", "Recipients that were tried in vain and wait for the next attempt.", s => s.Deferred);
        Queue("mta.queue.held", "{message}", "Messages that the operator holds.", s => s.Held);
        Queue("mta.queue.oldest.age", "s", "Age of the oldest message.", s => s.Oldest is { } oldest ? (long)(clock.GetUtcNow() - oldest).TotalSeconds : 0);
        _meter.CreateObservableCounter("mta.queue.settled", () => Settled(_status?.Ledger ?? default), "{recipient}",
            "Recipients that have left the queue since it was made, by outcome: delivered, bounced, expired or discarded.");
        _meter.CreateObservableCounter("mta.queue.accepted", () => _status?.Ledger.Accepted ?? 0, "{recipient}",
            "Recipients that have entered the queue since it was made; always the sum of settled and queued ones.");

        Spool("mta.spool.healthy", "", "1 while messages can be stored, else 0.", s => s.Health == SpoolHealth.Ok ? 1 : 0);
        Spool("mta.spool.size", "By", "Octets of the spool on the disk.", s => s.BytesOnDisk);
        Spool("mta.spool.free", "By", "Octets free in the spool's file system.", s => s.BytesFree);
        Spool("mta.spool.memory", "By", "Octets of messages in memory.", s => s.BytesInMemory);
        Spool("mta.spool.bodies", "{message}", "Messages whose body is still needed.", s => s.LiveBodies);
        SpoolCounter("mta.spool.syncs", "{call}", "fdatasync calls; each makes a group of messages durable.", s => s.Syncs);
        SpoolCounter("mta.spool.sync.failures", "{call}", "Writes and syncs that failed.", s => s.SyncFailures);
        SpoolCounter("mta.spool.corrupt", "{record}", "Records that could not be read back as they were written.", s => s.CorruptRecords);
        _timer = clock.CreateTimer(_ => Refresh(), null, TimeSpan.Zero, Interval);

        void Queue(string name, string unit, string description, Func<QueueProtocol.PartitionStatus, long> value) =>
            _meter.CreateObservableGauge(name, () => _status is { } status ? value(status) : 0, unit, description);
        void Spool(string name, string unit, string description, Func<SpoolStatus, long> value) =>
            _meter.CreateObservableGauge(name, () => value(spool.Status), unit, description);
        void SpoolCounter(string name, string unit, string description, Func<SpoolStatus, long> value) =>
            _meter.CreateObservableCounter(name, () => value(spool.Status), unit, description);
    }

    private static IEnumerable<Measurement<long>> Settled(Ledger ledger) =>
    [
        new(ledger.Delivered, new KeyValuePair<string, object?>("outcome", "delivered")),
        new(ledger.Bounced, new KeyValuePair<string, object?>("outcome", "bounced")),
        new(ledger.Expired, new KeyValuePair<string, object?>("outcome", "expired")),
        new(ledger.Discarded, new KeyValuePair<string, object?>("outcome", "discarded")),
    ];

    private async void Refresh()
    {
        try
        {
            _status = await _queue.StatusAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // busy or stopping: the last figures stand until the next time
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _meter.Dispose();
    }
}

using Akka.Actor;

namespace Mta.Queue;

/// <summary>The queue as a whole, for the edges of the program (HTTP, commands): asks every partition and adds up.</summary>
public sealed class QueueClient(IActorRef queues)
{
    /// <summary>To look, and to change: the journal has to take each changed message.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10), ChangeLimit = TimeSpan.FromMinutes(10);

    /// <summary>The oldest messages that match, at most <paramref name="limit"/>.</summary>
    public async Task<QueueProtocol.Listing> ListAsync(QueueFilter filter, int limit, CancellationToken cancel)
    {
        var parts = await AskAll<QueueProtocol.Listing>(new QueueProtocol.List(filter, limit), Limit, cancel).ConfigureAwait(false);
        return new([.. parts.SelectMany(p => p.Entries).OrderBy(e => e.Id).Take(limit)], parts.Sum(p => p.Total));
    }

    /// <summary>Does something to all that matches.</summary>
    public async Task<QueueProtocol.Changed> ChangeAsync(QueueFilter filter, QueueAction action, CancellationToken cancel)
    {
        var parts = await AskAll<QueueProtocol.Changed>(new QueueProtocol.Change(filter, action), ChangeLimit, cancel).ConfigureAwait(false);
        return new(parts.Sum(p => p.Messages), parts.Sum(p => p.Recipients));
    }

    /// <summary>The sum of all partitions.</summary>
    public async Task<QueueProtocol.PartitionStatus> StatusAsync(CancellationToken cancel)
    {
        var parts = await AskAll<QueueProtocol.PartitionStatus>(QueueProtocol.GetStatus.Instance, Limit, cancel).ConfigureAwait(false);
        return new(
            parts.Aggregate(default(Ledger), (sum, p) => sum + p.Ledger), parts.Sum(p => p.Messages), parts.Sum(p => p.Recipients),
            parts.Sum(p => p.Held), parts.Sum(p => p.InFlight), parts.Sum(p => p.Deferred), parts.Min(p => p.Oldest));
    }

    private async Task<T[]> AskAll<T>(object question, TimeSpan limit, CancellationToken cancel)
    {
        var partitions = await queues.Ask<QueueProtocol.Partitions>(QueueProtocol.GetPartitions.Instance, Limit, cancel).ConfigureAwait(false);
        return await Task.WhenAll(partitions.Running.Select(p => p.Ask<T>(question, limit, cancel))).ConfigureAwait(false);
    }
}

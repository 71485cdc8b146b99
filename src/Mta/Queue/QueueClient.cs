using Akka.Actor;

namespace Mta.Queue;

/// <summary>The queue as a whole, for the edges of the program (HTTP, commands): asks every partition and adds up.</summary>
public sealed class QueueClient(IActorRef queues)
{
    /// <summary>To look, and to change: the journal has to take each changed message.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10), ChangeLimit = TimeSpan.FromMinutes(10);

    /// <summary>The last answers of the partitions to <see cref="SurveyAsync"/>, which stand for a while, and what they come to.</summary>
    private volatile Survey? _survey;

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

    /// <summary>What waits, by domain, most first; of a large queue it may be some seconds old.</summary>
    /// <param name="domain">Counts this one (lower case) alone, now; null: all.</param>
    public async Task<QueueProtocol.Surveyed> SurveyAsync(string? domain, CancellationToken cancel)
    {
        var parts = await AskAll<QueueProtocol.Surveyed>(new QueueProtocol.Survey(domain), Limit, cancel).ConfigureAwait(false);
        if (domain is not null) return Sum(parts);
        if (_survey is { } last && last.Parts.SequenceEqual(parts, ReferenceEqualityComparer.Instance)) return last.Sum;
        var sum = Sum(parts);
        _survey = new(parts, sum);
        return sum;
    }

    private static QueueProtocol.Surveyed Sum(QueueProtocol.Surveyed[] parts)
    {
        var domains = new Dictionary<string, DomainQueue>(StringComparer.Ordinal);
        foreach (var queue in parts.SelectMany(p => p.Domains))
            domains[queue.Domain] = domains.TryGetValue(queue.Domain, out var sum) ? sum.Plus(queue) : queue;
        return new(parts.Select(p => p.At).DefaultIfEmpty().Min(),
            [.. domains.Values.OrderByDescending(d => d.Recipients).ThenBy(d => d.Domain, StringComparer.Ordinal)], parts.Sum(p => p.Others));
    }

    /// <summary>How attempts ended within the last seconds, by domain.</summary>
    public async Task<QueueProtocol.Attempts> AttemptsAsync(CancellationToken cancel)
    {
        var parts = await AskAll<QueueProtocol.Attempts>(QueueProtocol.GetAttempts.Instance, Limit, cancel).ConfigureAwait(false);
        return new(
        [
            .. parts.SelectMany(p => p.Domains).GroupBy(d => d.Domain, StringComparer.Ordinal).Select(g => new DomainAttempts(
                g.Key, g.Sum(d => d.Delivered), g.Sum(d => d.Deferred), g.Sum(d => d.Failed),
                g.FirstOrDefault(d => d.LastReply is not null)?.LastReply, g.FirstOrDefault(d => d.LastReply is not null)?.LastHost)),
        ], parts.Sum(p => p.Deferrals));
    }

    private async Task<T[]> AskAll<T>(object question, TimeSpan limit, CancellationToken cancel)
    {
        var partitions = await queues.Ask<QueueProtocol.Partitions>(QueueProtocol.GetPartitions.Instance, Limit, cancel).ConfigureAwait(false);
        return await Task.WhenAll(partitions.Running.Select(p => p.Ask<T>(question, limit, cancel))).ConfigureAwait(false);
    }

    private sealed record Survey(QueueProtocol.Surveyed[] Parts, QueueProtocol.Surveyed Sum);
}

using System.Diagnostics.CodeAnalysis;

namespace Mta.Domains;

/// <summary>The jobs that wait at a site, by domain; the domains take turns, so that a large one does not keep the others waiting.</summary>
public sealed class ReadyJobs
{
    private readonly Dictionary<string, LinkedList<DeliveryJob>> _domains = new(StringComparer.Ordinal);
    private readonly Queue<string> _turns = new();

    public int Count { get; private set; }

    public int CountOf(string domain) => _domains.TryGetValue(domain, out var jobs) ? jobs.Count : 0;

    /// <param name="first">Before the others of its domain: it was taken already, and came back.</param>
    public void Add(DeliveryJob job, bool first = false)
    {
        if (!_domains.TryGetValue(job.Domain, out var jobs))
        {
            _domains.Add(job.Domain, jobs = new());
            _turns.Enqueue(job.Domain);
        }
        if (first) jobs.AddFirst(job);
        else jobs.AddLast(job);
        Count++;
    }

    /// <summary>Takes out all of a domain.</summary>
    public IReadOnlyCollection<DeliveryJob> TakeAll(string domain)
    {
        if (!_domains.Remove(domain, out var jobs)) return [];
        Count -= jobs.Count;
        // it has no turn any more; the others keep their order
        for (int left = _turns.Count; left > 0; left--)
            if (_turns.Dequeue() is var turn && turn != domain) _turns.Enqueue(turn);
        return jobs;
    }

    public bool TryTake([NotNullWhen(true)] out DeliveryJob? job)
    {
        job = null;
        if (!_turns.TryDequeue(out string? domain)) return false;
        var jobs = _domains[domain];
        job = jobs.First!.Value;
        jobs.RemoveFirst();
        Count--;
        if (jobs.Count > 0) _turns.Enqueue(domain);
        else _domains.Remove(domain);
        return true;
    }
}

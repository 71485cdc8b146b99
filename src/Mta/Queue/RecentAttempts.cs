using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>How attempts ended within the last seconds, by domain: which destinations take much, and which are in trouble now.</summary>
internal sealed class RecentAttempts(TimeProvider clock)
{
    /// <summary>Domains in a span; of those that come when it has so many, nothing is counted. Who is busy comes early.</summary>
    internal const int MaxDomains = 1000;

    /// <summary>What is told is of the span that goes on, and of the whole one before it.</summary>
    internal static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    private Dictionary<string, Counts> _current = new(StringComparer.Ordinal), _before = new(StringComparer.Ordinal);
    private long _began = clock.GetTimestamp();

    /// <summary>Attempts that ended with a deferral, since the start.</summary>
    public long Deferrals { get; private set; }

    public void Add(string domain, ImmutableArray<RecipientResult> results)
    {
        TurnOver();
        int delivered = 0, deferred = 0, failed = 0;
        DeliveryResult? trouble = null;
        foreach (var (_, result) in results)
            switch (result)
            {
                case DeliveryResult.Delivered:
                    delivered++;
                    break;
                case DeliveryResult.Deferred:
                    deferred++;
                    trouble = result;
                    break;
                default:
                    failed++;
                    trouble ??= result;
                    break;
            }
        Deferrals += deferred;
        if (_current.Count >= MaxDomains && !_current.ContainsKey(domain)) return;
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_current, domain, out _);
        counts = new(counts.Delivered + delivered, counts.Deferred + deferred, counts.Failed + failed, trouble ?? counts.Trouble);
    }

    /// <summary>Each domain that was tried, a second.</summary>
    public QueueProtocol.Attempts Answer()
    {
        TurnOver();
        double seconds = (Span + clock.GetElapsedTime(_began)).TotalSeconds;
        return new(
        [
            .. _current.Keys.Union(_before.Keys, StringComparer.Ordinal).Select(domain =>
            {
                var (now, before) = (_current.GetValueOrDefault(domain), _before.GetValueOrDefault(domain));
                var trouble = now.Trouble ?? before.Trouble;
                return new DomainAttempts(domain, (now.Delivered + before.Delivered) / seconds, (now.Deferred + before.Deferred) / seconds,
                    (now.Failed + before.Failed) / seconds, trouble?.Reply.ToString(), trouble?.Host);
            }),
        ], Deferrals);
    }

    private void TurnOver()
    {
        var passed = clock.GetElapsedTime(_began);
        if (passed < Span) return;
        (_before, _current) = (_current, _before);
        _current.Clear();
        if (passed >= 2 * Span) _before.Clear();
        _began = passed >= 2 * Span ? clock.GetTimestamp() : _began + (long)(Span.TotalSeconds * clock.TimestampFrequency);
    }

    private record struct Counts(int Delivered, int Deferred, int Failed, DeliveryResult? Trouble);
}

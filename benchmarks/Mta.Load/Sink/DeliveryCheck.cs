using HdrHistogram;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>
/// Verifies the ids of load messages: what is missing between a run's first and highest sequence number, what came twice (the same message
/// for the same recipient), what came after a later one, and how long it took. Memory is bounded; what no longer fits is counted as
/// unchecked. Safe for use by many threads.
/// </summary>
internal sealed class DeliveryCheck(TimeProvider clock)
{
    private const int MaxRuns = 64, PageBits = 4096, MaxPages = 1 << 16, MaxDeliveries = 1 << 24;
    private const long MaxLatency = 24L * 3600 * 1_000_000;

    // no run is that long; the sums over all runs must not overflow
    private const long MaxSequence = 1L << 48;

    private sealed class Run
    {
        public Dictionary<long, ulong[]> Pages { get; } = [];
        public LongHistogram Latency { get; } = new(1, MaxLatency, 3);
        public long Highest { get; set; }
        public long Seen { get; set; }
        public long Deliveries { get; set; }
        public long Doubled { get; set; }
        public long Reordered { get; set; }
        public long Unchecked { get; set; }
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Run> _runs = [];
    private readonly HashSet<ulong> _deliveries = [];
    private long _untraced, _unchecked;
    private int _pages;

    /// <summary>Takes an accepted message.</summary>
    public void Add(Tracer? found, IReadOnlyList<SmtpRecipient> recipients)
    {
        long now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        lock (_gate)
        {
            if (found is not { } tracer)
            {
                _untraced++;
                return;
            }
            if (!_runs.TryGetValue(tracer.Run, out var run))
            {
                if (_runs.Count == MaxRuns)
                {
                    _unchecked++;
                    return;
                }
                _runs.Add(tracer.Run, run = new());
            }
            if (!Mark(run, tracer.Sequence))
            {
                run.Unchecked++;
                return;
            }
            if (tracer.Sequence < run.Highest) run.Reordered++;
            run.Highest = Math.Max(run.Highest, tracer.Sequence);
            foreach (var recipient in recipients) AddDelivery(run, tracer, recipient.Path);
            run.Latency.RecordValue(Math.Clamp(now - tracer.SentMicroseconds, 1, MaxLatency));
        }
    }

    /// <summary>What was found so far, of all runs.</summary>
    public CheckSummary Summarize()
    {
        lock (_gate) return Summarize(_runs.Values, _untraced, _unchecked);
    }

    /// <summary>What was found of one run; null if nothing of it came.</summary>
    public CheckSummary? Summarize(uint run)
    {
        lock (_gate) return _runs.TryGetValue(run, out var found) ? Summarize([found], 0, 0) : null;
    }

    private static CheckSummary Summarize(IReadOnlyCollection<Run> runs, long untraced, long notChecked) => new()
    {
        Runs = runs.Count,
        Messages = runs.Sum(r => r.Seen),
        Deliveries = runs.Sum(r => r.Deliveries),
        Lost = runs.Sum(r => r.Highest - r.Seen),
        Doubled = runs.Sum(r => r.Doubled),
        Reordered = runs.Sum(r => r.Reordered),
        Untraced = untraced,
        Unchecked = notChecked + runs.Sum(r => r.Unchecked),
        Latency = Latency([.. runs.Select(r => r.Latency).Where(l => l.TotalCount > 0)]),
    };

    private static LatencySummary? Latency(IReadOnlyList<LongHistogram> histograms)
    {
        if (histograms.Count == 0) return null;
        var all = histograms[0];
        if (histograms.Count > 1)
        {
            all = new(1, MaxLatency, 3);
            foreach (var histogram in histograms) all.Add(histogram);
        }
        return new() { P50 = At(50), P90 = At(90), P99 = At(99), P999 = At(99.9), Max = all.GetMaxValue() / 1000.0 };

        double At(double percentile) => all.GetValueAtPercentile(percentile) / 1000.0;
    }

    // One bit for each sequence number, in pages, for a client may claim any number.
    private bool Mark(Run run, long sequence)
    {
        if (sequence is < 1 or > MaxSequence) return false;
        if (!run.Pages.TryGetValue(sequence / PageBits, out ulong[]? page))
        {
            if (_pages == MaxPages) return false;
            _pages++;
            run.Pages.Add(sequence / PageBits, page = new ulong[PageBits / 64]);
        }
        int bit = (int)(sequence % PageBits);
        if ((page[bit / 64] & (1UL << (bit % 64))) == 0) run.Seen++;
        page[bit / 64] |= 1UL << (bit % 64);
        return true;
    }

    // A message of several recipients may come in several transactions: only the same recipient again is double.
    private void AddDelivery(Run run, Tracer tracer, MailPath recipient)
    {
        ulong key = Dice.Hash(Dice.Mix(tracer.Run) ^ (ulong)tracer.Sequence, recipient.Address);
        if (_deliveries.Contains(key)) run.Doubled++;
        else if (_deliveries.Count == MaxDeliveries) run.Unchecked++;
        else
        {
            _deliveries.Add(key);
            run.Deliveries++;
        }
    }
}

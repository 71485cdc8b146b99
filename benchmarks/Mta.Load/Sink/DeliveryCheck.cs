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
        public long Highest { get; set; }
        public long Seen { get; set; }
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Run> _runs = [];
    private readonly HashSet<ulong> _deliveries = [];
    private readonly LongHistogram _latency = new(1, MaxLatency, 3);
    private long _doubled, _reordered, _untraced, _unchecked;
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
                _unchecked++;
                return;
            }
            if (tracer.Sequence < run.Highest) _reordered++;
            run.Highest = Math.Max(run.Highest, tracer.Sequence);
            foreach (var recipient in recipients) AddDelivery(tracer, recipient.Path);
            _latency.RecordValue(Math.Clamp(now - tracer.SentMicroseconds, 1, MaxLatency));
        }
    }

    /// <summary>What was found so far.</summary>
    public CheckSummary Summarize()
    {
        lock (_gate)
        {
            return new()
            {
                Runs = _runs.Count,
                Messages = _runs.Values.Sum(r => r.Seen),
                Deliveries = _deliveries.Count,
                Lost = _runs.Values.Sum(r => r.Highest - r.Seen),
                Doubled = _doubled,
                Reordered = _reordered,
                Untraced = _untraced,
                Unchecked = _unchecked,
                Latency = _latency.TotalCount == 0 ? null : new()
                {
                    P50 = Milliseconds(50),
                    P90 = Milliseconds(90),
                    P99 = Milliseconds(99),
                    P999 = Milliseconds(99.9),
                    Max = _latency.GetMaxValue() / 1000.0,
                },
            };
        }
    }

    private double Milliseconds(double percentile) => _latency.GetValueAtPercentile(percentile) / 1000.0;

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
    private void AddDelivery(Tracer tracer, MailPath recipient)
    {
        ulong key = Dice.Hash(Dice.Mix(tracer.Run) ^ (ulong)tracer.Sequence, recipient.Address);
        if (_deliveries.Contains(key)) _doubled++;
        else if (_deliveries.Count < MaxDeliveries) _deliveries.Add(key);
        else _unchecked++;
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Crash;

/// <summary>What senders were promised, what arrived, and when; so that after any number of crashes it can be said what was lost or doubled.</summary>
internal sealed class CrashLedger
{
    private readonly ConcurrentDictionary<int, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<int, long> _arrived = new();
    private readonly ConcurrentQueue<(int Number, long Before)> _doubled = new();
    private readonly ConcurrentQueue<string> _damaged = new();
    private readonly List<(long From, long To)> _crashes = [];
    private long _dying;
    private int _next;
    private volatile bool _frozen;

    public int Next() => Interlocked.Increment(ref _next);

    public int Acknowledged => _acknowledged.Count;
    public int Doubled => _doubled.Count;

    /// <summary>Messages that arrived though their sender was never told 250: stored, and the crash came before the reply.</summary>
    public int Unacknowledged => _arrived.Keys.Count(n => !_acknowledged.ContainsKey(n));

    public void Acknowledge(int number)
    {
        if (!_frozen) _acknowledged[number] = true;
    }

    /// <summary>
    /// The power is about to be cut: what is answered from now on does not count, for a machine without power answers nothing. (Linux lets an
    /// fdatasync that is under way when ext4 is shut down return 0 for data that it never wrote.)
    /// </summary>
    public void Freeze() => _frozen = true;

    public void Thaw() => _frozen = false;

    /// <summary>A message is with the next hop, and the next hop has said so.</summary>
    public void Arrive(ReceivedMessage message)
    {
        long now = Stopwatch.GetTimestamp();
        foreach (string recipient in message.Recipients)
        {
            int number = NumberedMail.Number(recipient);
            if (!message.Original.AsSpan().SequenceEqual(NumberedMail.Create(number))) _damaged.Enqueue($"{number}: {message.Text}");
            if (!_arrived.TryAdd(number, now)) _doubled.Enqueue((number, _arrived[number]));
        }
    }

    /// <summary>The program is about to die, or just did. What arrived within <paramref name="window"/> before may have been in flight.</summary>
    public void Dying(TimeSpan window) => _dying = Stopwatch.GetTimestamp() - (long)(window.TotalSeconds * Stopwatch.Frequency);

    /// <summary>It is dead; what it had sent has arrived, or does within a second.</summary>
    public void Crashed() => _crashes.Add((_dying, Stopwatch.GetTimestamp() + Stopwatch.Frequency));

    /// <summary>Messages that were acknowledged and have not arrived yet.</summary>
    public IReadOnlyList<int> Missing() => [.. _acknowledged.Keys.Where(n => !_arrived.ContainsKey(n)).Order()];

    /// <summary>Fails where a message was changed, or came twice though nothing had died about when it first came.</summary>
    public void CheckArrivals()
    {
        Assert.Empty(_damaged);
        Assert.All(_doubled, doubled => Assert.True(_crashes.Exists(crash => doubled.Before >= crash.From && doubled.Before <= crash.To),
            $"message {doubled.Number} came twice, and was not in flight when the program died: it first came {BeforeCrash(doubled.Before):F1} s before that"));
    }

    private double BeforeCrash(long time) => _crashes.Where(crash => crash.To > time)
        .Select(crash => Stopwatch.GetElapsedTime(time, crash.To).TotalSeconds).DefaultIfEmpty(double.NaN).Min();
}

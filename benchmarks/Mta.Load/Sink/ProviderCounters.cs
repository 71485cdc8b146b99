namespace Mta.Load.Sink;

/// <summary>What a provider saw. Safe for use by many threads.</summary>
internal sealed class ProviderCounters
{
    // by reply code, 400 to 599
    private readonly long[] _refused = new long[200];
    private long _connections, _open, _peakOpen, _messages, _recipients, _octets, _faults;
    private long _lastMessages;

    public long Messages => Volatile.Read(ref _messages);
    public long Open => Volatile.Read(ref _open);
    public long Refusals => _refused.Sum();
    public double PeakRate { get; private set; }

    /// <summary>Messages a second in the last interval of <see cref="Sample"/>.</summary>
    public double Rate { get; private set; }

    public void Connected()
    {
        Interlocked.Increment(ref _connections);
        long open = Interlocked.Increment(ref _open);
        for (long peak = Volatile.Read(ref _peakOpen); open > peak; peak = Volatile.Read(ref _peakOpen))
            Interlocked.CompareExchange(ref _peakOpen, open, peak);
    }

    public void Disconnected() => Interlocked.Decrement(ref _open);

    public void Accepted(int recipients, long octets)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _recipients, recipients);
        Interlocked.Add(ref _octets, octets);
    }

    public void Refused(int code) => Interlocked.Increment(ref _refused[Math.Clamp(code, 400, 599) - 400]);

    public void Faulted() => Interlocked.Increment(ref _faults);

    /// <summary>Ends an interval; called by one thread.</summary>
    public void Sample(TimeSpan interval)
    {
        long messages = Messages;
        Rate = (messages - _lastMessages) / interval.TotalSeconds;
        PeakRate = Math.Max(PeakRate, Rate);
        _lastMessages = messages;
    }

    public ProviderSummary Summarize(string name, string description, int domains) => new()
    {
        Name = name,
        Description = description,
        Domains = domains,
        Messages = Messages,
        Recipients = Volatile.Read(ref _recipients),
        Octets = Volatile.Read(ref _octets),
        Connections = Volatile.Read(ref _connections),
        Open = Open,
        PeakOpen = Volatile.Read(ref _peakOpen),
        Rate = Math.Round(Rate, 1),
        PeakRate = Math.Round(PeakRate, 1),
        Faults = Volatile.Read(ref _faults),
        Refused = new(Enumerable.Range(0, _refused.Length).Where(i => _refused[i] > 0).ToDictionary(i => i + 400, i => _refused[i])),
    };
}

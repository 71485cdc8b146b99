namespace Mta.Load.Sink;

/// <summary>Remembers when a source address, sender and recipient were first seen. Bounded: the oldest are forgotten.</summary>
internal sealed class Greylist(TimeSpan delay, TimeProvider clock)
{
    private const int Capacity = 1_000_000;
    private readonly Dictionary<ulong, long> _firstSeen = [];
    private readonly Queue<ulong> _order = [];

    /// <summary>True when this one was first seen long enough ago. Not safe for use by two threads at once.</summary>
    public bool Passes(ulong triplet)
    {
        if (_firstSeen.TryGetValue(triplet, out long seen)) return clock.GetElapsedTime(seen) >= delay;
        if (_order.Count == Capacity) _firstSeen.Remove(_order.Dequeue());
        _firstSeen.Add(triplet, clock.GetTimestamp());
        _order.Enqueue(triplet);
        return false;
    }
}

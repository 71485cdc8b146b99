namespace Mta;

/// <summary>
/// Gives back the memory that a storm or a start has left behind. The garbage collector runs when something is allocated, so what became
/// garbage last stays as long as the node is quiet: with a million messages waiting that is as much as they take themselves.
/// </summary>
internal sealed class IdleCollector : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Octets allocated within an interval by a node that is quiet, and since the last collection before another is worth it.</summary>
    private const long Quiet = 16 << 20, Worth = 128 << 20;

    private readonly ITimer _timer;
    private long _before, _collected;

    public IdleCollector(TimeProvider clock) => _timer = clock.CreateTimer(_ => Look(), null, Interval, Interval);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        bool isQuiet = allocated - _before < Quiet;
        _before = allocated;
        if (!isQuiet || allocated - _collected < Worth) return;
        _collected = allocated;
        // Aggressive: what is free goes back to the system. It stops everything for a moment, which is why only a quiet node does it.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}

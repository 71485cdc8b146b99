using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>A spool on a simulated disk, with small segments and a clock that stands still.</summary>
internal sealed class SpoolHarness : IAsyncDisposable
{
    private readonly string _overrides;
    private readonly int _queues;

    public SpoolHarness(string overrides = "", int queues = 1, SimulatedDisk? disk = null)
    {
        (_overrides, _queues, Disk) = (overrides, queues, disk ?? new(1));
        var settings = Settings($"large-body = 24KiB, segment-size = 128KiB, min-free = 0B\n{overrides}");
        Spool = new(Disk, queues, settings, Clock, NullLogger.Instance);
    }

    public SimulatedDisk Disk { get; }

    public FakeTimeProvider Clock { get; } = new();

    public FileSpool Spool { get; }

    public async Task<Recorder> Attach(int queue = 0, long afterLsn = 0, Action<object>? onMessage = null)
    {
        var partition = new Recorder(onMessage);
        Spool.Attach(queue, partition, afterLsn);
        await partition.Expect<SpoolProtocol.Attached>();
        return partition;
    }

    public async Task<SpoolProtocol.Stored> Store(ulong id, int length, int queue = 0) => (SpoolProtocol.Stored)await TryStore(id, length, queue);

    public async Task<object> TryStore(ulong id, int length, int queue = 0)
    {
        var storer = new Recorder();
        Spool.Store(queue, id, length, storer);
        return await storer.Expect<object>();
    }

    /// <summary>Lets time pass for what the spool does now and then.</summary>
    public async Task Tick()
    {
        Clock.Advance(TimeSpan.FromSeconds(1.5));
        await Spool.FlushAsync();
        await Spool.FlushAsync(); // answered before the spool looks around: the second one comes behind that
    }

    /// <summary>The next life of the spool, on what the disk holds after an orderly end.</summary>
    public async Task<SpoolHarness> Restart()
    {
        await DisposeAsync();
        return new(_overrides, _queues, Disk);
    }

    public ValueTask DisposeAsync() => Spool.DisposeAsync();
}

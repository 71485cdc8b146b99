using System.Globalization;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Crash;

/// <summary>
/// One data folder that is crashed again and again under load: each cycle starts the program, checks that nothing acknowledged before was lost,
/// sends, and kills. Small segments and frequent flushes make every stage of the storage happen within a second.
/// </summary>
internal sealed class CrashCampaign : IAsyncDisposable
{
    private const int Senders = 8;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60), LoadLimit = TimeSpan.FromSeconds(6);

    /// <summary>Outcomes are durable within the settle-interval of the configuration below, and an fdatasync; the rest is for a machine that is busy.</summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(3);

    private readonly RecordingSink _sink = new();
    private readonly MtaProcess _mta;
    private readonly Random _random;
    private readonly Dictionary<string, (int Tried, int Reached)> _points = [];
    private LoopDisk? _disk;

    public CrashCampaign(int seed)
    {
        _random = new(seed);
        _mta = new($$"""
            relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:{{_sink.Port}}"] } ]
            spool { segment-size = 1MiB, large-body = {{NumberedMail.LargeBody}}B, settle-interval = 100ms, min-free = 0B }
            queue { retry = "1s*", flush-interval = 50ms, compact-from = 10 }
            delivery.back-off { min = 200ms, max = 500ms }
            """);
        _sink.OnKept = Ledger.Arrive;
        // one in four comes again later, so that there is something to journal
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        _sink.OnRecipient = recipient => NumberedMail.Number(recipient) % 4 == 1 && seen.TryAdd(recipient, true) ? "451 4.2.0 come again" : "250 2.1.5 ok";
    }

    /// <summary>Puts the data folder on a disk whose power can be cut. Before the first cycle.</summary>
    public async Task UseLoopDisk() => _disk = await LoopDisk.Create(Path.Combine(_mta.Folder, "disk.img"), _mta.DataDir, 512 << 20);

    public CrashLedger Ledger { get; } = new();

    /// <summary>What was done, a line for each point.</summary>
    public string Report => string.Join('\n', _points.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p =>
        string.Create(CultureInfo.InvariantCulture, $"{p.Key}: {p.Value.Tried} kills, {p.Value.Reached} of them exactly there"))
        .Append(string.Create(CultureInfo.InvariantCulture,
            $"{Ledger.Acknowledged} acknowledged, {Ledger.Missing().Count} not arrived, {Ledger.Doubled} doubled, {Ledger.Unacknowledged} stored but killed before their 250")));

    /// <summary>Starts the program, looks for what was acknowledged, loads it, and kills it at <paramref name="point"/>.</summary>
    public async Task Cycle(CrashPoint point)
    {
        _sink.Messages.Clear();
        _sink.Greeting = "220 sink.test ESMTP";
        _mta.Launch();
        int count = 1 + _random.Next(point.Most);
        bool reached = true;
        if (point.AtStart)
        {
            await Passed(TimeSpan.FromMilliseconds(count));
            await Die(point);
            Ledger.Thaw();
        }
        else
        {
            await _mta.Ready();
            await AllArrived();
            if (point.NextHopIsClosed) _sink.Greeting = "421 4.3.2 closed";
            reached = await LoadAndKill(point, count);
        }
        Ledger.Crashed();
        _mta.ForgetOutput();
        var (tried, exactly) = _points.GetValueOrDefault(point.Name);
        _points[point.Name] = (tried + 1, exactly + (reached ? 1 : 0));
    }

    /// <summary>Starts it a last time: everything arrives, the queue gets empty, and it ends in order.</summary>
    public async Task Finish()
    {
        _sink.Greeting = "220 sink.test ESMTP";
        await _mta.Start();
        await AllArrived();
        await _mta.Drained();
        Ledger.CheckArrivals();
        Assert.Equal(0, await _mta.Stop());
    }

    private Task AllArrived() => Wait.For(() => Ledger.Missing().Count == 0, Limit,
        () => $"lost: {string.Join(' ', Ledger.Missing().Take(50))}\n{Report}\n{_mta.Output}");

    private async Task<bool> LoadAndKill(CrashPoint point, int count)
    {
        using var stop = new CancellationTokenSource(LoadLimit);
        int replies = 0, deliveries = 0;
        if (point.Trigger == Trigger.Delivery)
        {
            _sink.OnKept = message =>
            {
                if (Interlocked.Increment(ref deliveries) == count) _mta.Signal("KILL");
                Ledger.Arrive(message);
            };
        }
        await using var strace = point.Trigger == Trigger.SystemCall
            ? await Strace.Attach(_mta.Pid, Files(point.Touching), point.Calls, string.Create(CultureInfo.InvariantCulture, $"signal=KILL:when={count}"))
            : null;
        var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => PipeliningSender.Run(_mta.SmtpPort, Ledger.Next, Acknowledge, stop.Token)));
        bool isTimed = point.Trigger is Trigger.Time or Trigger.PowerLoss;
        await Passed(isTimed ? TimeSpan.FromMilliseconds(count) : LoadLimit);
        bool reached = _mta.HasExited || isTimed;
        await Die(point);
        await stop.CancelAsync();
        // a disk without power is our trouble, and no reason to say 5yz
        foreach (var refusals in await load) Assert.DoesNotContain(refusals, reply => !point.CutsPower || reply[0] != '4');
        Ledger.Thaw();
        _sink.OnKept = Ledger.Arrive;
        return reached;

        void Acknowledge(int number)
        {
            Ledger.Acknowledge(number);
            if (point.Trigger == Trigger.Reply && Interlocked.Increment(ref replies) == count) _mta.Signal("KILL");
        }
    }

    private async Task Passed(TimeSpan time)
    {
        var began = System.Diagnostics.Stopwatch.StartNew();
        await Wait.For(() => _mta.HasExited || began.Elapsed >= time, Limit, () => "time stands still");
    }

    private async Task Die(CrashPoint point)
    {
        Ledger.Dying(InFlight);
        if (point.CutsPower)
        {
            Ledger.Freeze();
            _disk!.CutPower();
            // for a while it sees every write fail
            await Passed(TimeSpan.FromMilliseconds(_random.Next(100)));
        }
        if (!_mta.HasExited) _mta.Signal("KILL");
        await _mta.Exited();
        if (point.CutsPower) await _disk!.Remount();
    }

    private IEnumerable<string> Files(Touching touching)
    {
        string spool = Path.Combine(_mta.DataDir, "spool"), queue = Path.Combine(_mta.DataDir, "queue");
        int current = Directory.EnumerateFiles(spool, "*.seg").Max(file => int.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture));
        return touching switch
        {
            Touching.CurrentSegments => Enumerable.Range(current, 6).Select(Segment),
            Touching.NextSegments => Enumerable.Range(current + 1, 6).Select(Segment),
            Touching.OldSegments => Enumerable.Range(Math.Max(1, current - 20), Math.Min(21, current)).Select(Segment),
            Touching.SpoolFolder => [spool],
            Touching.Journal => [Path.Combine(queue, "journal.db-wal")],
            _ => [],
        };

        string Segment(int number) => Path.Combine(spool, string.Create(CultureInfo.InvariantCulture, $"{number:D8}.seg"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_disk is not null)
        {
            await _mta.Kill();
            await _disk.DisposeAsync();
        }
        await _mta.DisposeAsync();
        await _sink.DisposeAsync();
    }
}

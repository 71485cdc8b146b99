using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Mta.Load;

/// <summary>
/// Sends a campaign to one server. It connects all sessions first, then starts the clock, and ends when the messages or the time are
/// used up and what is on its way is answered, or <see cref="LoadOptions.Timeout"/> later; or when the server was gone for twice that long.
/// </summary>
public sealed class LoadRun
{
    // more at once would overflow the listen queue of a server, and each lost SYN costs a second
    private const int ConnectsAtOnce = 100;
    private const int TicksPerPoint = 4;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterCancel = TimeSpan.FromSeconds(1);

    private readonly LoadOptions _options;
    private readonly TimeProvider _time;
    private readonly uint _run = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
    private readonly Statistics _statistics = new();
    private readonly Tickets _tickets;
    private readonly Composer _composer;
    private long _started;
    private volatile bool _isOver;

    /// <summary>Reads what is to be sent; an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> if a file cannot be read, or so many sessions not be opened.</summary>
    public LoadRun(LoadOptions options, TimeProvider time)
    {
        if (OpenFiles.Limit is { } limit && options.Sessions + OpenFiles.Spare > limit)
            throw new IOException($"{options.Sessions} sessions are more than this process may open: at most {limit} files (ulimit -Hn), of which it needs {OpenFiles.Spare} itself");
        if (options.Count is null && options.Duration is null && options.Arrivals is null)
            throw new ArgumentException("a run needs an end: Count, Duration or Arrivals", nameof(options));
        (_options, _time) = (options, time);
        _tickets = new(options, time);
        _composer = new(options, _run, time);
    }

    /// <summary>
    /// Has the continuations of sockets run on the one thread that waits for them, which saves a thread hand-off for each reply and most of
    /// the processor time that a message costs. For the whole process, and only before its first socket: for a program that does nothing else.
    /// </summary>
    public static void UseOneThread()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");
    }

    /// <summary>
    /// Runs. A <see cref="TargetUnreachableException"/> if the first session cannot be opened. Cancelling breaks off: the result so far is
    /// returned, or an <see cref="OperationCanceledException"/> thrown if there is none. <paramref name="observe"/> gets the figures about once a second.
    /// </summary>
    public async Task<LoadResult> Run(Action<TimeSpan, LoadFigures>? observe, CancellationToken cancel)
    {
        var target = await Resolve(cancel).ConfigureAwait(false);
        int count = (int)Math.Min(_options.Sessions, _options.Count ?? int.MaxValue);
        LoadSession[] sessions = [.. Enumerable.Range(0, count).Select(i => new LoadSession(i, _options, target, _composer, _tickets, _statistics, _time))];
        using var done = new CancellationTokenSource();
        var watch = Watch(sessions, observe, done.Token);
        using var over = new ManualResetEvent(false);
        var pace = new Thread(() => _tickets.Pace(over)) { IsBackground = true, Name = "load pace" };
        if (_options.Arrivals is not null) pace.Start();
        try
        {
            if (await sessions[0].Open().WaitAsync(cancel).ConfigureAwait(false) is { } failure)
                throw new TargetUnreachableException($"{_options.Target.Host}:{_options.Target.Port} cannot be used: {failure.Message}");
            await Parallel.ForEachAsync(sessions.Skip(1), new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce },
                async (session, _) => { if (!cancel.IsCancellationRequested) await session.Open().ConfigureAwait(false); }).ConfigureAwait(false);
            return await Send(sessions, cancel).ConfigureAwait(false);
        }
        finally
        {
            _isOver = true;
            await done.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
            CloseLate(sessions);
            over.Set();
            if (_options.Arrivals is not null) pace.Join();
        }
    }

    private async Task<LoadResult> Send(LoadSession[] sessions, CancellationToken cancel)
    {
        var startedAt = _time.GetUtcNow();
        var processor = Environment.CpuUsage.TotalTime;
        _tickets.Start();
        long start = _time.GetTimestamp();
        Volatile.Write(ref _started, start);
        var all = Task.WhenAll(sessions.Select(s => s.Run()));
        await Ends(all, _options.Duration ?? _options.Arrivals?.Length ?? Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
        if (cancel.IsCancellationRequested) _tickets.Stop();
        // what is on its way is still answered, and what the open model's sessions are late with is still sent
        bool isCancelled = cancel.IsCancellationRequested;
        await Ends(all, isCancelled ? AfterCancel : _options.Timeout, isCancelled ? CancellationToken.None : cancel).ConfigureAwait(false);
        _tickets.Stop();
        _isOver = true;
        await all.ConfigureAwait(false);
        _statistics.NotStarted(_tickets.Missed);
        double seconds = _time.GetElapsedTime(start).TotalSeconds;
        _statistics.Tick(seconds);
        var figures = _statistics.Snapshot();
        return new()
        {
            Counts = figures.Counts,
            Stages = figures.Stages,
            Errors = figures.Errors,
            Points = figures.Points,
            Histogram = figures.Histogram,
            Target = $"{_options.Target.Host}:{_options.Target.Port}",
            Description = _options.Describe(),
            StartedAt = startedAt,
            Run = _run,
            LastSequence = _composer.Sequence,
            Seconds = seconds,
            CpuSeconds = (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
            IsCancelled = cancel.IsCancellationRequested,
        };
    }

    /// <summary>Whether the sessions end in time.</summary>
    private async Task Ends(Task all, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            await all.WaitAsync(limit, _time, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !all.IsFaulted)
        {
            // the time is over or the run is broken off
        }
    }

    /// <summary>Looks after time-outs, and has the figures of each second kept and shown.</summary>
    private async Task Watch(LoadSession[] sessions, Action<TimeSpan, LoadFigures>? observe, CancellationToken done)
    {
        using var timer = new PeriodicTimer(Tick, _time);
        long answers = -1, answered = 0;
        try
        {
            for (int tick = 1; await timer.WaitForNextTickAsync(done).ConfigureAwait(false); tick++)
            {
                CloseLate(sessions);
                if (_statistics.Answers != answers) (answers, answered) = (_statistics.Answers, _time.GetTimestamp());
                // a schedule with pauses has an end of its own
                else if (_options.Arrivals is null && !_isOver && _time.GetElapsedTime(answered) > _options.Timeout * 2)
                {
                    _statistics.GaveUp();
                    _tickets.Stop();
                    _isOver = true;
                }
                if (tick % TicksPerPoint != 0) continue;
                var elapsed = Volatile.Read(ref _started) is > 0 and var started ? _time.GetElapsedTime(started) : TimeSpan.Zero;
                _statistics.Tick(elapsed.TotalSeconds);
                observe?.Invoke(elapsed, _statistics.Snapshot());
            }
        }
        catch (OperationCanceledException)
        {
            // the end of the run
        }
    }

    private void CloseLate(LoadSession[] sessions)
    {
        long now = _isOver ? long.MaxValue : _time.GetTimestamp();
        foreach (var session in sessions) session.CloseIfLate(now);
    }

    private async Task<IPEndPoint> Resolve(CancellationToken cancel)
    {
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(_options.Target.Host, cancel).ConfigureAwait(false);
            var family = _options.SourceAddresses.IsEmpty ? addresses[0].AddressFamily : _options.SourceAddresses[0].AddressFamily;
            if (addresses.FirstOrDefault(a => a.AddressFamily == family) is { } address) return new(address, _options.Target.Port);
            throw new TargetUnreachableException($"{_options.Target.Host} has no address that goes with --source-address {_options.SourceAddresses[0]}");
        }
        catch (SocketException e)
        {
            throw new TargetUnreachableException($"{_options.Target.Host} has no address: {e.Message}");
        }
    }
}

using System.Diagnostics;
using Akka.Actor;

namespace Mta.Spool;

/// <summary>
/// What waits for the writer's thread: any number of threads put in, one takes all at once. Records are bounded; the few other
/// commands are not.
/// </summary>
/// <param name="gather">How long records wait for more of them, where more are on their way, so that one sync serves them all.</param>
internal sealed class Inbox(int capacity, TimeSpan gather)
{
    // After waiting in vain so many takes do not wait, twice as many each time: who sends slowly must not slow down who does not.
    private const int MaxSkips = 256;

    private readonly object _gate = new();
    private List<Append> _appends = [];
    private List<Command> _commands = [];
    private bool _woken, _waiting, _closed;
    private int _receiving, _skips, _toSkip;

    /// <summary>A message begins to arrive; <see cref="EndReceiving"/> must follow, before its record is added.</summary>
    public void BeginReceiving() => Interlocked.Increment(ref _receiving);

    public void EndReceiving() => Interlocked.Decrement(ref _receiving);

    /// <summary>False where there is no room, or the spool has closed.</summary>
    public bool TryAdd(Append append)
    {
        lock (_gate)
        {
            if (_closed || _appends.Count >= capacity) return false;
            _appends.Add(append);
            if (_appends.Count == 1 || Volatile.Read(ref _receiving) == 0) Wake();
            return true;
        }
    }

    /// <summary>False after the spool has closed.</summary>
    public bool TryAdd(Command command)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _commands.Add(command);
            Wake();
            return true;
        }
    }

    /// <summary>Lets <see cref="Take"/> return although nothing may have come: it is time to look around.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _woken = true;
            Wake();
        }
    }

    /// <summary>Waits for something, and takes it all by exchanging the lists. False once it is closed and empty.</summary>
    public bool Take(ref List<Append> appends, ref List<Command> commands)
    {
        lock (_gate)
        {
            while (_appends.Count == 0 && _commands.Count == 0 && !_woken)
            {
                if (_closed) return false;
                _waiting = true;
                Monitor.Wait(_gate);
                _waiting = false;
            }
            if (_appends.Count > 0) Gather();
            (appends, _appends) = (_appends, appends);
            (commands, _commands) = (_commands, commands);
            _woken = false;
            return true;
        }
    }

    private void Gather()
    {
        if (gather <= TimeSpan.Zero || _toSkip-- > 0) return;
        var (began, before) = (Stopwatch.GetTimestamp(), _appends.Count);
        while (Volatile.Read(ref _receiving) > 0 && _commands.Count == 0 && !_woken && !_closed && gather - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            _waiting = true;
            Monitor.Wait(_gate, left);
            _waiting = false;
        }
        _skips = _appends.Count > before ? 0 : Math.Min(Math.Max(1, _skips * 2), MaxSkips);
        _toSkip = _skips;
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Wake();
        }
    }

    private void Wake()
    {
        if (_waiting) Monitor.Pulse(_gate);
    }
}

/// <summary>What the writer's thread is asked besides appending; done after the records that came before it are on the disk.</summary>
internal abstract record Command
{
    public sealed record Attach(int Queue, IActorRef Actor, LiveBodies Bodies, long AfterLsn) : Command;

    public sealed record Detach(int Queue, IActorRef Actor) : Command;

    /// <summary>A replay has come so close to the log's end that the rest is told without leaving the thread.</summary>
    public sealed record CaughtUp(Replay Replay) : Command;

    public sealed record Flush(TaskCompletionSource Done) : Command;
}

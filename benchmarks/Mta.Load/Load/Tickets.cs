namespace Mta.Load;

/// <summary>Leave to send one message.</summary>
/// <param name="Number">1, 2, 3…; 0 when there are no more.</param>
/// <param name="Start">When it is meant to start, as a timestamp; its latency counts from here.</param>
internal readonly record struct Ticket(long Number, long Start);

/// <summary>
/// Hands out the messages of a run in order. In the closed model a session gets the next at once. In the open model it gets the next of
/// the schedule and waits for its time; where all sessions are busy, tickets go out late, and the lateness is part of the latency.
/// </summary>
internal sealed class Tickets(LoadOptions options, TimeProvider time)
{
    // Sessions are woken up to this much late, which is part of the latency too.
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<(Ticket Ticket, TaskCompletionSource<Ticket> Session)> _waiting = new();
    private readonly long _count = options.Count ?? long.MaxValue;
    private long _start;
    private long _end = long.MaxValue;
    private long _lastDue;
    private long _given;
    private bool _isStopped;

    /// <summary>Starts the clock.</summary>
    public void Start()
    {
        _start = time.GetTimestamp();
        if (options.Duration is { } duration) _end = _start + Timestamps(duration);
    }

    public ValueTask<Ticket> Next()
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (_isStopped) return default;
            if (options.Arrivals is null) return _given < _count && now < _end ? new(new Ticket(++_given, now)) : default;
            Ticket ticket;
            if (DueOf(_given) is { } due)
            {
                ticket = new(++_given, due);
                _lastDue = due;
            }
            // who comes when all are given out keeps the connection until the last is on its way
            else ticket = new(0, _lastDue);
            if (ticket.Start <= now) return new(ticket);
            var session = new TaskCompletionSource<Ticket>();
            _waiting.Enqueue((ticket, session));
            return new(session.Task);
        }
    }

    /// <summary>Messages of the schedule whose time has passed and that nobody took; none in the closed model.</summary>
    public long Missed
    {
        get
        {
            long now = time.GetTimestamp();
            lock (_lock)
            {
                long number = _given;
                while (DueOf(number) <= now) number++;
                return number - _given;
            }
        }
    }

    /// <summary>
    /// Wakes up the sessions whose time has come, until it is told that the run is over; for a thread of its own. A timer would go by
    /// the coarse clock of the system, whose four milliseconds are more than many a server takes for a message.
    /// </summary>
    public void Pace(WaitHandle over)
    {
        while (!over.WaitOne(Resolution))
            while (Due(time.GetTimestamp()) is { } due) due.Session.SetResult(due.Ticket);
    }

    /// <summary>No more messages; who waits for one is told.</summary>
    public void Stop()
    {
        (Ticket, TaskCompletionSource<Ticket> Session)[] waiting;
        lock (_lock)
        {
            _isStopped = true;
            waiting = [.. _waiting];
            _waiting.Clear();
        }
        foreach (var (_, session) in waiting) session.SetResult(default);
    }

    private (Ticket Ticket, TaskCompletionSource<Ticket> Session)? Due(long now)
    {
        lock (_lock) return _waiting.TryPeek(out var first) && first.Ticket.Start <= now ? _waiting.Dequeue() : null;
    }

    /// <summary>When the message after so many is to start; null if there is none in the schedule.</summary>
    private long? DueOf(long number) =>
        number < _count && options.Arrivals?.At(number) is { } at && _start + Timestamps(at) is var due && due < _end ? due : null;

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}

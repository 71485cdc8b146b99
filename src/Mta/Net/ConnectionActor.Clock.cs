using Akka.Actor;
using Akka.Event;

namespace Mta.Net;

// Time-outs. One timer: a deadline that moves away costs a field, and the timer finds out when it fires; only one that comes closer sets it anew.
internal abstract partial class ConnectionActor
{
    protected sealed record Tick : IDeadLetterSuppression
    {
        public static readonly Tick Instance = new();
    }

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private ITimer? _timer;
    private long _timerDue;
    private long _sessionEnd;
    private bool _draining;

    /// <summary>Until when we wait, a timestamp of the clock.</summary>
    protected long Deadline { get; private set; }

    protected bool IsDraining => _draining;

    /// <summary>The session has had its time.</summary>
    protected bool IsOver => Now >= _sessionEnd;

    protected long Now => terms.Clock.GetTimestamp();

    private void StartClock()
    {
        _sessionEnd = terms.Session == Timeout.InfiniteTimeSpan ? long.MaxValue : FromNow(terms.Session);
        _timerDue = long.MaxValue;
        _timer = terms.Clock.CreateTimer(static self => ((IActorRef)self!).Tell(Tick.Instance, ActorRefs.NoSender), Self,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SetCommandDeadline();
    }

    private void StopClock() => _timer?.Dispose();

    protected void SetDeadline(TimeSpan time)
    {
        Deadline = Math.Min(FromNow(time), _sessionEnd);
        if (Deadline < _timerDue) Arm();
    }

    private void Arm()
    {
        _timerDue = Deadline;
        var rest = terms.Clock.GetElapsedTime(Now, Deadline);
        // a timer takes 49 days at most; one that fires early is set again
        _timer!.Change(rest <= TimeSpan.Zero ? TimeSpan.Zero : rest < LongestWait ? rest : LongestWait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The timer fired: whether the deadline has come. If not, it is set again.</summary>
    protected bool IsDue()
    {
        _timerDue = long.MaxValue;
        if (Now >= Deadline) return true;
        Arm();
        return false;
    }

    protected long FromNow(TimeSpan time) => Now + (long)(time.TotalSeconds * terms.Clock.TimestampFrequency);

    /// <summary>Counted from our last reply, not from the last octet: a command that arrives in drops has no more time than others.</summary>
    protected void SetCommandDeadline() => SetDeadline(CommandTimeout);

    protected void BeginDrain(TimeSpan grace)
    {
        _draining = true;
        _sessionEnd = Math.Min(_sessionEnd, FromNow(grace));
        if (_sessionEnd < Deadline)
        {
            Deadline = _sessionEnd;
            Arm();
        }
    }
}

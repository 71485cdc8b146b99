using Akka.Actor;
using Akka.Event;
using Mta.Net;
using Mta.Protocol.Smtp;

namespace Mta.Smtp;

// Time-outs (RFC 5321 §4.5.3.2) and the orderly end. One timer: a deadline that moves away costs a field, and the timer finds out when it
// fires; only one that comes closer sets it anew.
internal sealed partial class SmtpConnectionActor
{
    private sealed record Tick : IDeadLetterSuppression
    {
        public static readonly Tick Instance = new();
    }

    private static readonly SmtpReply ShuttingDown = SmtpReply.Parse("421 4.3.2 shutting down, try again later");
    private static readonly SmtpReply TimedOut = SmtpReply.Parse("421 4.4.2 timed out");

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private ITimer? _timer;
    private long _deadline, _timerDue;
    private long _sessionEnd, _messageEnd;
    private bool _isReceiving;
    private long _receivedInWindow;
    private TimeSpan _window;
    private bool _draining;

    /// <summary>The session is within a transaction, or a chunk.</summary>
    private bool IsBusy => Session.Transaction is not null || Session.IsReceiving;

    private void StartClock()
    {
        _sessionEnd = FromNow(_settings.SessionTimeout);
        _timerDue = long.MaxValue;
        _timer = context.Clock.CreateTimer(static self => ((IActorRef)self!).Tell(Tick.Instance, ActorRefs.NoSender), Self,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SetCommandDeadline();
    }

    private void StopClock() => _timer?.Dispose();

    private void SetDeadline(TimeSpan time)
    {
        _deadline = Math.Min(FromNow(time), _sessionEnd);
        if (_deadline < _timerDue) Arm();
    }

    private void Arm()
    {
        _timerDue = _deadline;
        var rest = context.Clock.GetElapsedTime(context.Clock.GetTimestamp(), _deadline);
        // a timer takes 49 days at most; one that fires early is set again
        _timer!.Change(rest <= TimeSpan.Zero ? TimeSpan.Zero : rest < LongestWait ? rest : LongestWait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The timer fired: whether the deadline has come. If not, it is set again.</summary>
    private bool IsDue()
    {
        _timerDue = long.MaxValue;
        if (context.Clock.GetTimestamp() >= _deadline) return true;
        Arm();
        return false;
    }

    private long FromNow(TimeSpan time) => context.Clock.GetTimestamp() + (long)(time.TotalSeconds * context.Clock.TimestampFrequency);

    /// <summary>Counted from our last reply, not from the last octet: a command that arrives in drops has no more time than others.</summary>
    private void SetCommandDeadline() => SetDeadline(CommandTimeout);

    private TimeSpan CommandTimeout => stress.IsOn ? _settings.StressCommandTimeout : _settings.CommandTimeout;

    /// <summary>Begins or ends the time limits of a message's content.</summary>
    private void FollowMode()
    {
        if (Session.IsReceiving == _isReceiving) return;
        _isReceiving = Session.IsReceiving;
        if (!_isReceiving)
        {
            SetCommandDeadline();
            return;
        }
        _messageEnd = FromNow(_settings.MessageTimeout);
        BeginWindow();
    }

    private void BeginWindow()
    {
        _receivedInWindow = 0;
        _window = stress.IsOn ? _settings.StressDataTimeout : _settings.DataTimeout;
        SetDeadline(_window);
    }

    /// <summary>Stress began: who is waited for has from now on no more time than those who come next.</summary>
    private void Hurry()
    {
        bool isContent = _isReceiving && !_sending;
        if (FromNow(isContent ? _settings.StressDataTimeout : _settings.StressCommandTimeout) >= _deadline) return;
        if (isContent) BeginWindow();
        else SetCommandDeadline();
    }

    private void CountReceived(int count) => _receivedInWindow += count;

    private void TimeOut()
    {
        long now = context.Clock.GetTimestamp();
        bool isFlowing = _isReceiving && !_sending && _receivedInWindow > _settings.MinDataRate * _window.TotalSeconds;
        if (now >= _sessionEnd) CloseWith(_draining ? ShuttingDown : TimedOut);
        else if (isFlowing && now < _messageEnd) BeginWindow();
        else CloseWith(TimedOut);
    }

    private void BeginDrain(TimeSpan grace)
    {
        _draining = true;
        _sessionEnd = Math.Min(_sessionEnd, FromNow(grace));
        if (_sessionEnd < _deadline)
        {
            _deadline = _sessionEnd;
            Arm();
        }
    }
}

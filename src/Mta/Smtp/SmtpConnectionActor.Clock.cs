using Mta.Protocol.Smtp;

namespace Mta.Smtp;

// Time-outs (RFC 5321 §4.5.3.2) and the orderly end.
internal sealed partial class SmtpConnectionActor
{
    private static readonly SmtpReply ShuttingDown = SmtpReply.Parse("421 4.3.2 shutting down, try again later");
    private static readonly SmtpReply TimedOut = SmtpReply.Parse("421 4.4.2 timed out");

    private long _messageEnd;
    private bool _isReceiving;
    private long _windowStart; // octets that were received before it
    private TimeSpan _window;

    /// <summary>The session is within a transaction, or a chunk.</summary>
    protected override bool IsBusy => Session.Transaction is not null || Session.IsReceiving;

    protected override TimeSpan CommandTimeout => stress.IsOn ? _settings.StressCommandTimeout : _settings.CommandTimeout;

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
        _windowStart = ReceivedOctets;
        _window = stress.IsOn ? _settings.StressDataTimeout : _settings.DataTimeout;
        SetDeadline(_window);
    }

    protected override void Hurry()
    {
        bool isContent = _isReceiving && !IsSending;
        if (FromNow(isContent ? _settings.StressDataTimeout : _settings.StressCommandTimeout) >= Deadline) return;
        if (isContent) BeginWindow();
        else SetCommandDeadline();
    }

    protected override void TimeOut()
    {
        bool isFlowing = _isReceiving && !IsSending && ReceivedOctets - _windowStart > _settings.MinDataRate * _window.TotalSeconds;
        if (IsOver) CloseWith(IsDraining ? ShuttingDown : TimedOut);
        else if (isFlowing && Now < _messageEnd) BeginWindow();
        else CloseWith(TimedOut);
    }

    protected override void ShutDown() => CloseWith(ShuttingDown);
}

using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mta.Domains;
using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Queue;

namespace Mta.Delivery;

/// <summary>
/// One outgoing connection: the shell around an <see cref="SmtpClientSession"/>. Connects, asks its site (its parent) for jobs, carries
/// them one after the other, and answers the queue for each; see <see cref="DeliveryProtocol"/> for how it ends.
/// </summary>
public sealed partial class SmtpDeliveryActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly DeliveryTarget _target;
    private readonly DeliveryContext _context;
    private readonly IActorRef _site = Context.Parent;
    private readonly OutgoingConnection _wire;
    private readonly CancellationTokenSource _stopped = new();
    private SmtpClientSession _session = null!;
    private JobInProgress? _job;
    private BodySender? _sender;
    private TlsPolicy _tls;
    private bool _isClosing;
    private bool _isBlameless;
    private int _jobs;
    private double _connecting;

    public SmtpDeliveryActor(DeliveryTarget target, DeliveryContext context) =>
        (_target, _context, _tls, _wire) = (target, context, target.Policy.Tls, new(target, context, Self));

    public ITimerScheduler Timers { get; set; } = null!;

    private DeliverySettings Settings => _context.Settings.Value;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Ticked.Instance, Tick);
        Connect();
    }

    protected override void OnReceive(object message)
    {
        try
        {
            OnOpen(message);
        }
        catch (Exception e)
        {
            DeliveryLog.Crashed(_context.Logger, e, _target.Display);
            SmtpReply reply = new(451, new(4, 3, 0), "internal error");
            _session.Abort(reply);
            Finish();
            if (_job is not null) AnswerRest(new DeliveryResult.Deferred(reply, _target.Display));
            End(reply);
        }
    }

    private void OnConnecting(object message)
    {
        switch (message)
        {
            case OutgoingConnection.Opened opened:
                _wire.Use(opened);
                Become(OnReceive);
                _wire.Wait(Settings.Timeouts.Greeting);
                _wire.Read();
                break;
            case NetProtocol.Broken broken:
                DeliveryMetrics.ConnectionFailed();
                End(new(451, new(4, 4, 1), $"connect to {_target.Display}: {broken.Reason}"));
                break;
            case DeliveryProtocol.Close or DeliveryProtocol.Abandon:
                End(null);
                break;
            default:
                OnEnded(message);
                break;
        }
    }

    private void OnOpen(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: 0 }:
                Lost("connection closed by the server");
                break;
            case NetProtocol.Received received:
                _wire.Received(received.Count);
                // what the server says before it has heard us out waits, lest our answer overtake the write
                if (!_wire.IsWriting || _session.Stage == SmtpStage.Body) Hear();
                break;
            case NetProtocol.Sent:
                _wire.Sent();
                if (_wire.HasUnread) Hear();
                else if (_sender is not null) Send();
                break;
            case NetProtocol.Broken broken:
                Lost(broken.Reason);
                break;
            case NetProtocol.TlsEstablished:
                _wire.TlsEstablished();
                Perform(_session.TlsEstablished(_wire.Output));
                break;
            case DeliveryProtocol.Carry carry when _job is null && _session.Stage == SmtpStage.Ready && !_isClosing:
                Start(carry.Job);
                break;
            case BodyReader.PieceRead read:
                if (_sender is not null) Send(read);
                break;
            case BodyReader.ReadFailed failed:
                if (_sender is not null) BodyFailed(failed.Reason);
                break;
            case DownConverter.Converted converted when _job is not null:
                Converted(converted);
                break;
            case Ticked:
                if (_wire.IsOverdue) TimedOut();
                break;
            case DeliveryProtocol.Close:
                _isClosing = true;
                if (_job is null && _session.Stage == SmtpStage.Ready) Quit();
                break;
            case DeliveryProtocol.Abandon:
                Surrender(new(451, new(4, 4, 2), "gave up the connection to stop"));
                End(null);
                break;
            default:
                OnEnded(message);
                break;
        }
    }

    private void OnEnded(object message)
    {
        switch (message)
        {
            case DeliveryProtocol.Carry carry:
                _site.Tell(new DeliveryProtocol.GaveBack(carry.Job));
                break;
            case OutgoingConnection.Opened opened:
                opened.Connection.Dispose();
                break;
            case DownConverter.Converted converted:
                converted.Lease.Dispose();
                break;
        }
    }

    private void Connect()
    {
        var use = _tls switch
        {
            TlsPolicy.None => StartTlsUse.Never,
            TlsPolicy.Opportunistic => StartTlsUse.WhenOffered,
            _ => StartTlsUse.Always,
        };
        _session = new(new(_context.HostName, use, _target.Policy.Credentials, Settings.Chunking) { Lmtp = _target.Policy.Protocol == NextHopProtocol.Lmtp });
        Become(OnConnecting);
        _wire.Open(_stopped.Token);
    }

    private void Hear()
    {
        var step = _session.Receive(_wire.Take(), _wire.Output);
        if (step == SmtpClientStep.SendBody && _sender is not null) _wire.Read();
        else Perform(step);
    }

    private void Perform(SmtpClientStep step)
    {
        switch (step)
        {
            case SmtpClientStep.Read:
                _wire.Flush();
                _wire.Wait(Settings.Timeouts.For(_session.Stage));
                _wire.Read();
                break;
            case SmtpClientStep.StartTls:
                _wire.Wait(Settings.Timeouts.Tls + Tick);
                _wire.StartTls(_tls);
                break;
            case SmtpClientStep.Ready:
                Ready();
                break;
            case SmtpClientStep.SendBody:
                SendBody();
                break;
            case SmtpClientStep.Close:
                Closed();
                break;
        }
    }

    private void Ready()
    {
        if (_job is null)
        {
            _connecting = _wire.Age;
            DeliveryLog.Opened(_context.Logger, _target.Display, _connecting, _wire.TlsName);
            AskForJob();
            return;
        }
        Finish();
        Continue();
    }

    private bool IsUsedUp => _jobs >= Settings.MessagesPerConnection
        || (_session.Capabilities.MaxTransactions > 0 && _session.Transactions >= _session.Capabilities.MaxTransactions);

    private void Quit() => Perform(_session.Quit(_wire.Output));

    private void TimedOut()
    {
        if (_session.Stage == SmtpStage.Ready && _job is null) Quit();
        else if (!_wire.IsHandshaking) Lost("timed out");
    }

    private void Lost(string reason)
    {
        // with credentials there is no going back: who breaks the handshake would get the password
        if (_wire.IsHandshaking && _tls == TlsPolicy.Opportunistic && _target.Policy.Credentials is null)
        {
            // RFC 7435 §4: no worse than without TLS; the server gets its chance in the clear, on a new connection
            DeliveryLog.TlsFailed(_context.Logger, _target.Display, reason);
            _tls = TlsPolicy.None;
            _wire.Close();
            Connect();
            return;
        }
        var enhanced = _wire.IsHandshaking ? new EnhancedStatusCode(4, 7, 5) : new EnhancedStatusCode(4, 4, 2);
        Perform(_session.Abort(new(451, enhanced, $"{_target.Display}, {Doing(_session.Stage)}: {reason}")));
    }

    private void Closed()
    {
        _sender = null;
        var failure = _session.Failure;
        if (_job is { } job)
        {
            // An old connection that turns out to be closed when we use it again says nothing about the message
            if (_jobs > 0 && !_isBlameless) job.TakeBackUnheard();
            Finish();
            if (job.HasPending && _isBlameless) AnswerRest(DeliveryAnswers.ToResult(failure!, _target.Display, false));
            else if (job.HasPending) _site.Tell(new DeliveryProtocol.GaveBack(job.Job with { Recipients = job.TakePending() }));
        }
        // A server may close what it has served. One that never served us is not to be asked again at once.
        End(_isBlameless || _jobs > 0 || _session.Transactions > 0 ? null : failure);
    }

    private void End(SmtpReply? failure)
    {
        _job?.Dispose();
        _job = null;
        _stopped.Cancel();
        _wire.Close();
        Timers.CancelAll();
        Become(OnEnded);
        _site.Tell(new DeliveryProtocol.Ended(failure));
    }

    protected override void PostStop()
    {
        // after Ended there is nothing left of this
        Surrender(new(451, new(4, 4, 2), "gave up the connection to stop"));
        _job?.Dispose();
        _stopped.Cancel();
        _wire.Close();
        _stopped.Dispose();
    }

    private static string Doing(SmtpStage stage) => stage switch
    {
        SmtpStage.Greeting => "waiting for the greeting",
        SmtpStage.Body => "sending the message",
        SmtpStage.Final => "waiting for the reply to the message",
        SmtpStage.Hello => "waiting for the reply to EHLO",
        _ => $"waiting for the reply to {stage.ToString().ToUpperInvariant()}",
    };

    private sealed record Ticked
    {
        public static Ticked Instance { get; } = new();
    }
}

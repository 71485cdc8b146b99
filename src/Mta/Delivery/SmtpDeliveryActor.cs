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
public sealed class SmtpDeliveryActor : UntypedActor, IWithTimers
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
        _session = new(new(_context.HostName, use, _target.Policy.Credentials, Settings.Chunking));
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

    private void Start(DeliveryJob job)
    {
        _job = new(job, _context.Clock.GetTimestamp());
        _wire.Wait(Settings.Timeouts.Body);
        var offered = _session.Capabilities;
        if (Preflight.Refuse(job.Envelope, offered, _wire.IsTlsVerified) is { } refusal)
        {
            AnswerRest(new DeliveryResult.Failed(refusal, _target.Display));
            Continue();
            return;
        }
        try
        {
            var lease = job.Body.Open();
            if (Preflight.NeedsConversion(job.Envelope, offered)) DownConverter.Convert(lease, Settings.Convert, Self);
            else Opened(new BodyReader(lease));
        }
        catch (IOException e)
        {
            BodyFailed(e.Message);
        }
    }

    private void Converted(DownConverter.Converted converted)
    {
        if (converted.Refusal is null) Opened(new BodyReader(converted.Lease, converted.Body));
        else
        {
            converted.Lease.Dispose();
            AnswerRest(DeliveryAnswers.ToResult(converted.Refusal, _target.Display, false));
            Continue();
        }
    }

    private void Opened(BodyReader body)
    {
        _job!.Body = body;
        Continue();
    }

    /// <summary>Begins the next transaction of the job, or lets go of the job when nothing is left to do.</summary>
    private void Continue()
    {
        var job = _job!;
        var offered = _session.Capabilities;
        if (job.HasPending && IsUsedUp) _site.Tell(new DeliveryProtocol.GaveBack(job.Job with { Recipients = job.TakePending() }));
        if (job.HasPending)
        {
            var envelope = job.Job.Envelope;
            var parameters = Preflight.Parameters(envelope, job.Body!.IsConverted, _context.Clock.GetUtcNow());
            if (parameters is null)
                AnswerRest(new DeliveryResult.Failed(new(554, new(5, 4, 7), "the time that the sender allowed has run out"), _target.Display));
            else if (!TryPath(envelope.ReversePath, offered.SmtpUtf8, out var reversePath))
                AnswerRest(new DeliveryResult.Failed(new(553, new(5, 6, 7), "the reverse-path cannot be said to this server"), _target.Display));
            else
            {
                int limit = Settings.RecipientsPerTransaction;
                if (offered.MaxRecipients > 0) limit = Math.Min(limit, offered.MaxRecipients);
                var refused = new List<RecipientResult>(0);
                var transaction = job.Next(reversePath, parameters, offered, limit, _context.Clock.GetTimestamp(), refused, _target.Display);
                Answer([.. refused]);
                if (transaction is not null)
                {
                    Perform(_session.Begin(transaction, _wire.Output));
                    return;
                }
            }
        }
        job.Dispose();
        _job = null;
        _jobs++;
        if (_isClosing || IsUsedUp) Quit();
        else AskForJob();
    }

    private bool IsUsedUp => _jobs >= Settings.MessagesPerConnection
        || (_session.Capabilities.MaxTransactions > 0 && _session.Transactions >= _session.Capabilities.MaxTransactions);

    private void AskForJob()
    {
        if (_isClosing)
        {
            Quit();
            return;
        }
        _wire.Wait(Settings.IdleTimeout);
        _wire.Read();
        _site.Tell(new DeliveryProtocol.Free(_jobs));
    }

    private void SendBody()
    {
        var body = _job!.Body!;
        bool isText = body.IsConverted || _job.Job.Envelope.Parameters.Body != BodyType.BinaryMime;
        _sender = new(body, _session.Form, isText, _wire, _context, Self);
        body.Rewind();
        // a body at hand joins what was just written; before a long one, let go of that, and hear what the server says meanwhile
        if (!body.IsAtHand)
        {
            _wire.Flush();
            _wire.Read();
        }
        _wire.Wait(Settings.Timeouts.Body);
        Send();
    }

    private void Send(BodyReader.PieceRead? read = null)
    {
        switch (_sender!.Send(read))
        {
            case BodySender.Outcome.Finished:
                _sender = null;
                Perform(_session.BodySent(_wire.Output));
                break;
            case BodySender.Outcome.Unclean:
                Refuse(new(554, new(5, 6, 1), "the message holds a CR or LF that is not part of a line end"));
                break;
        }
    }

    /// <summary>The connection is lost to us in the middle of a message, for a reason that is not the server's.</summary>
    private void Refuse(SmtpReply reply)
    {
        _isBlameless = true;
        Perform(_session.Abort(reply));
    }

    private void BodyFailed(string reason)
    {
        DeliveryLog.BodyUnreadable(_context.Logger, _job!.Job.Envelope.Id, reason);
        SmtpReply reply = new(451, new(4, 3, 0), "the message cannot be read from our disk");
        if (_sender is not null) Refuse(reply);
        else
        {
            AnswerRest(new DeliveryResult.Deferred(reply, ""));
            Continue();
        }
    }

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

    /// <summary>Answers for the job in hand as far as it was not answered for, because we stop.</summary>
    private void Surrender(SmtpReply reply)
    {
        _session.Abort(reply);
        if (_job is not { } job) return;
        Finish();
        if (job.HasPending)
            job.Job.Queue.Tell(new QueueProtocol.Returned(job.Job.Envelope.Id, job.Job.Domain, job.TakePending()), ActorRefs.NoSender);
    }

    private void Finish()
    {
        if (_job is not { } job) return;
        double seconds = _context.Clock.GetElapsedTime(job.StartedAt).TotalSeconds;
        var results = job.Finish(_target.Display, Preflight.ReportsDelivery(job.Job.Envelope, _session.Capabilities));
        if (!results.IsEmpty) DeliveryMetrics.Transaction(_session.IsSecured, TimeSpan.FromSeconds(seconds));
        Answer(results, seconds);
    }

    private void AnswerRest(DeliveryResult result) => Answer(_job!.Rest(result));

    private void Answer(ImmutableArray<RecipientResult> results, double seconds = 0) =>
        DeliveryAnswers.Attempted(_job!.Job, results, _context.Logger, _context.Clock, _jobs == 0 ? _connecting : 0, seconds, _wire.TlsName);

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

    private static bool TryPath(string address, bool allowUtf8, out SmtpPath path)
    {
        path = SmtpPath.Null;
        return address.Length == 0 || SmtpPath.TryCreate(address, allowUtf8, out path);
    }

    private sealed record Ticked
    {
        public static Ticked Instance { get; } = new();
    }
}

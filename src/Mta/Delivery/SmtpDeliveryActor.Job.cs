using System.Collections.Immutable;
using Akka.Actor;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Queue;

namespace Mta.Delivery;

/// <summary>The job in hand: its transactions, one after the other, and what the queue is told.</summary>
public sealed partial class SmtpDeliveryActor
{
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

    private static bool TryPath(string address, bool allowUtf8, out SmtpPath path)
    {
        path = SmtpPath.Null;
        return address.Length == 0 || SmtpPath.TryCreate(address, allowUtf8, out path);
    }
}

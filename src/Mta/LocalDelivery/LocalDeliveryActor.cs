using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Mta.Delivery;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;

namespace Mta.LocalDelivery;

/// <summary>
/// Delivers jobs of our own domains to mailboxes here. The work itself (reading, indexing, waiting for the commit) is done on the thread pool, some jobs at
/// a time; the others wait in order.
/// </summary>
internal sealed class LocalDeliveryActor(LocalDeliveryContext context) : UntypedActor
{
    /// <summary>Each holds its message, up to 256 KiB in memory; enough of them that a commit has company.</summary>
    private const int MaxAtOnce = 64;

    private static readonly SmtpReply Crashed = SmtpReply.Parse("451 4.3.0 local delivery failed in a way that it must not, try again later");
    private readonly Queue<DeliveryJob> _waiting = new();
    private readonly Dictionary<MessageId, TaskCompletionSource<SmtpReply?>> _forwarding = [];
    private int _working;
    private bool _draining;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DomainProtocol.Deliver deliver when _draining:
                DeliveryAnswers.Return(deliver.Job);
                break;
            case DomainProtocol.Deliver deliver:
                _waiting.Enqueue(deliver.Job);
                Begin();
                break;
            case Ended ended:
                _working--;
                DeliveryAnswers.Attempted(ended.Job, ended.Results, context.Log, context.Clock, 0, ended.Seconds, "none");
                Begin();
                StopWhenDone();
                break;
            case Forward forward:
                _forwarding.Add(forward.Envelope.Id, forward.Stored);
                context.Spool.Store((int)(forward.Envelope.Id.Value % (ulong)context.Partitions), forward.Envelope, forward.Message, Self);
                break;
            case SpoolProtocol.Stored stored:
                if (_forwarding.Remove(stored.Envelope.Id, out var done)) done.SetResult(null);
                break;
            case SpoolProtocol.NotStored refused:
                if (_forwarding.Remove(refused.Id, out var failed)) failed.SetResult(refused.Reply);
                break;
            case DomainProtocol.Drain:
                _draining = true;
                while (_waiting.TryDequeue(out var job)) DeliveryAnswers.Return(job);
                StopWhenDone();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin()
    {
        while (_working < MaxAtOnce && _waiting.TryDequeue(out var job))
        {
            _working++;
            var (self, began) = (Self, context.Clock.GetTimestamp());
            var delivery = new LocalJob(job, context, (envelope, body) =>
            {
                var forward = new Forward(envelope, body);
                self.Tell(forward);
                return forward.Stored.Task;
            });
            Task.Run(delivery.RunAsync).PipeTo(self,
                success: results => new Ended(job, results, context.Clock.GetElapsedTime(began).TotalSeconds),
                failure: e =>
                {
                    LocalDeliveryLog.Crashed(context.Log, e, job.Envelope.Id);
                    return new Ended(job, [.. job.Recipients.Select(r => new RecipientResult(r, new DeliveryResult.Deferred(Crashed, LocalJob.Host)))], 0);
                });
        }
    }

    private void StopWhenDone()
    {
        if (_draining && _working == 0) Context.Stop(Self);
    }

    protected override void PostStop()
    {
        while (_waiting.TryDequeue(out var job)) DeliveryAnswers.Return(job);
        foreach (var stored in _forwarding.Values) stored.TrySetCanceled();
    }

    private sealed record Ended(DeliveryJob Job, ImmutableArray<RecipientResult> Results, double Seconds) : IDeadLetterSuppression;

    private sealed record Forward(Envelope Envelope, MessageWriter Message) : IDeadLetterSuppression
    {
        public TaskCompletionSource<SmtpReply?> Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

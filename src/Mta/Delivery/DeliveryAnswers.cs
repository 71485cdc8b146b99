using System.Collections.Immutable;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;

namespace Mta.Delivery;

/// <summary>How jobs are answered for: told to the queue, logged and counted, in one place.</summary>
public static class DeliveryAnswers
{
    /// <summary>The outcome of an attempt. Times are in seconds, as <see cref="DeliveryLog"/> has them.</summary>
    internal static void Attempted(
        DeliveryJob job, ImmutableArray<RecipientResult> results, ILogger logger, TimeProvider clock, double connecting, double transaction, string tls)
    {
        if (results.IsEmpty) return;
        var age = clock.GetUtcNow() - job.Envelope.ReceivedAt;
        bool logs = logger.IsEnabled(LogLevel.Information);
        foreach (var (index, result) in results)
        {
            DeliveryMetrics.Attempted(result, age);
            if (logs)
                DeliveryLog.Attempted(logger, job.Envelope.Id, job.Envelope.Recipients[index].Address, result.Host, job.Attempt,
                    Math.Max(0, age.TotalSeconds - connecting - transaction), connecting, transaction, tls, DeliveryLog.Status(result), result.Reply);
        }
        job.Queue.Tell(new QueueProtocol.Attempted(job.Envelope.Id, job.Domain, results), ActorRefs.NoSender);
    }

    /// <summary>The same result for all recipients of a job that got no further than to us.</summary>
    public static void All(DeliveryJob job, DeliveryResult result, ILogger logger, TimeProvider clock) =>
        Attempted(job, [.. job.Recipients.Select(r => new RecipientResult(r, result))], logger, clock, 0, 0, "none");

    /// <summary>No recipient of the job was tried.</summary>
    public static void Return(DeliveryJob job) =>
        job.Queue.Tell(new QueueProtocol.Returned(job.Envelope.Id, job.Domain, job.Recipients), ActorRefs.NoSender);

    /// <summary>What a reply means for a recipient (RFC 5321 §4.2.1).</summary>
    public static DeliveryResult ToResult(SmtpReply reply, string host, bool remoteSendsDsn) => reply switch
    {
        { IsPositive: true } => new DeliveryResult.Delivered(reply, host, remoteSendsDsn),
        { IsPermanent: true } => new DeliveryResult.Failed(reply, host),
        _ => new DeliveryResult.Deferred(reply, host),
    };
}

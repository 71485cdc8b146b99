using System.Collections.Immutable;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;
using Mta.Queue;

namespace Mta.Delivery;

/// <summary>
/// A job on one connection: cuts its recipients into transactions and collects their results. Each recipient leaves it exactly once, by
/// <see cref="Finish"/> or by <see cref="Rest"/>.
/// </summary>
internal sealed class JobInProgress(DeliveryJob job, long startedAt) : IDisposable
{
    private readonly Queue<int> _pending = new(job.Recipients);
    private OutgoingTransaction? _transaction;
    private int[] _indices = [];

    public DeliveryJob Job { get; } = job;

    /// <summary>Timestamp of the present transaction's start.</summary>
    public long StartedAt { get; private set; } = startedAt;


    /// <summary>Null until the body was opened.</summary>
    public BodyReader? Body { get; set; }

    public bool HasPending => _pending.Count > 0;

    /// <summary>
    /// The next transaction; null when the recipients that are left cannot be said to this server, and then <paramref name="refused"/>
    /// holds their results.
    /// </summary>
    public OutgoingTransaction? Next(
        SmtpPath reversePath, MailParameters parameters, EhloCapabilities offered, int limit, long now, List<RecipientResult> refused, string host)
    {
        var recipients = new List<OutgoingRecipient>(Math.Min(limit, _pending.Count));
        var indices = new List<int>(recipients.Capacity);
        while (recipients.Count < limit && _pending.TryDequeue(out int index))
        {
            var recipient = Job.Envelope.Recipients[index];
            if (SmtpPath.TryCreate(recipient.Address, offered.SmtpUtf8, out var path))
            {
                recipients.Add(new(path, recipient.Parameters));
                indices.Add(index);
            }
            else
            {
                // RFC 6531 §3.5, or an address that no server could read
                SmtpReply reply = offered.SmtpUtf8
                    ? new(553, new(5, 1, 3), "not an address")
                    : new(553, new(5, 6, 7), "the server does not offer SMTPUTF8, which the address needs");
                refused.Add(new(index, new DeliveryResult.Failed(reply, host)));
            }
        }
        if (recipients.Count == 0) return null;
        _indices = [.. indices];
        StartedAt = now;
        return _transaction = new()
        {
            ReversePath = reversePath,
            Recipients = [.. recipients],
            Parameters = parameters,
            Length = Body!.WireLength(parameters.Body),
            IsBodyAtHand = Body.IsAtHand,
        };
    }

    /// <summary>The results of the transaction that has ended; empty without one.</summary>
    public ImmutableArray<RecipientResult> Finish(string host, bool remoteSendsDsn)
    {
        if (_transaction is null) return [];
        var (transaction, results) = (_transaction, ImmutableArray.CreateBuilder<RecipientResult>(_indices.Length));
        _transaction = null;
        bool others = transaction.Recipients.Any(r => r.Stage != SmtpStage.Rcpt);
        DeliveryResult? last = null;
        for (int i = 0; i < _indices.Length; i++)
        {
            var recipient = transaction.Recipients[i];
            var reply = recipient.Reply!;
            // RFC 5321 §4.5.3.1.10: too many recipients for one transaction, not for the next
            if (others && recipient.Stage == SmtpStage.Rcpt && IsTooMany(reply))
            {
                _pending.Enqueue(_indices[i]);
                continue;
            }
            if (!ReferenceEquals(last?.Reply, reply)) last = DeliveryAnswers.ToResult(reply, host, remoteSendsDsn);
            results.Add(new(_indices[i], last!));
        }
        return results.DrainToImmutable();
    }

    /// <summary>Makes the recipients of a transaction that ended before MAIL was answered pending again.</summary>
    public void TakeBackUnheard()
    {
        if (_transaction is null || _transaction.Recipients.Any(r => r.Stage is not (SmtpStage.Reset or SmtpStage.Mail))) return;
        _transaction = null;
        foreach (int index in _indices) _pending.Enqueue(index);
    }

    /// <summary>All recipients that have not been in a transaction, with one result; nothing is pending afterwards.</summary>
    public ImmutableArray<RecipientResult> Rest(DeliveryResult result)
    {
        ImmutableArray<RecipientResult> rest = [.. _pending.Select(index => new RecipientResult(index, result))];
        _pending.Clear();
        return rest;
    }

    /// <summary>The recipients that have not been in a transaction; nothing is pending afterwards.</summary>
    public ImmutableArray<int> TakePending()
    {
        ImmutableArray<int> pending = [.. _pending];
        _pending.Clear();
        return pending;
    }

    public void Dispose() => Body?.Dispose();

    private static bool IsTooMany(SmtpReply reply) =>
        reply.Code is 452 or 552 && (reply.Enhanced == new EnhancedStatusCode(4, 5, 3) || reply.Enhanced == new EnhancedStatusCode(5, 5, 3) || reply.Enhanced.IsNone);
}

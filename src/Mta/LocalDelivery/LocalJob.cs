using System.Buffers;
using System.Collections.Immutable;
using Mta.Accounts;
using Mta.Delivery;
using Mta.Domains;
using Mta.Mail;
using Mta.Mailbox;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;

namespace Mta.LocalDelivery;

/// <summary>One job: its message is read and indexed once, then put into the mailbox of each recipient.</summary>
/// <param name="forward">Stores a message for other hosts; completes with null, or with the reply that says why it could not be stored.</param>
internal sealed class LocalJob(DeliveryJob job, LocalDeliveryContext context, Func<Envelope, MessageWriter, Task<SmtpReply?>> forward)
{
    /// <summary>What stands in the place of a remote host.</summary>
    public const string Host = "local";

    private const int PieceSize = 64 * 1024;

    private static readonly SmtpReply Delivered = SmtpReply.Parse("250 2.0.0 delivered to the mailbox");
    private static readonly SmtpReply Again = SmtpReply.Parse("250 2.0.0 had been delivered to the mailbox");
    private static readonly SmtpReply NoSuchMailbox = SmtpReply.Parse("550 5.1.1 no such mailbox here");
    private static readonly SmtpReply Full = SmtpReply.Parse("452 4.2.2 the mailbox is full");
    private static readonly SmtpReply Failed = SmtpReply.Parse("451 4.3.0 the mailbox cannot be written now, try again later");

    public async Task<ImmutableArray<RecipientResult>> RunAsync()
    {
        StagedBody body;
        try
        {
            body = Stage();
        }
        catch (IOException)
        {
            return [.. job.Recipients.Select(index => new RecipientResult(index, new DeliveryResult.Deferred(Failed, Host)))];
        }
        using (body)
        {
            // side by side: they meet in one commit
            return [.. await Task.WhenAll(job.Recipients.Select(async index => new RecipientResult(index, await ToRecipientAsync(job.Envelope.Recipients[index], body).ConfigureAwait(false)))).ConfigureAwait(false)];
        }
    }

    private StagedBody Stage()
    {
        var body = context.Mailboxes.Store.Stage();
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            using var lease = job.Body.Open();
            for (int count; (count = lease.Read(body.Size, piece.AsSpan(0, PieceSize))) > 0;) body.Write(piece.AsSpan(0, count));
            body.Finish();
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async Task<DeliveryResult> ToRecipientAsync(Recipient recipient, StagedBody body)
    {
        try
        {
            var path = new MailPath(recipient.Address, recipient.Domain);
            return await context.Directory.ResolveAsync(path, CancellationToken.None).ConfigureAwait(false) switch
            {
                Resolution.Deliverable(var targets) => await ToTargetsAsync(recipient, targets, body).ConfigureAwait(false),
                Resolution.Closed(var reply) => DeliveryAnswers.ToResult(reply, Host, remoteSendsDsn: false),
                _ => new DeliveryResult.Failed(NoSuchMailbox, Host),
            };
        }
        catch (MailboxException e) when (e.Problem == MailboxProblem.OverQuota)
        {
            return new DeliveryResult.Deferred(Full, Host);
        }
        catch (Exception e) when (e is IOException or MailboxException or OperationCanceledException)
        {
            return new DeliveryResult.Deferred(Failed with { Text = $"{Failed.Text} ({e.Message})" }, Host);
        }
    }

    /// <summary>
    /// One mailbox, as a rule: aliases were expanded when the message came. A notification, or an account that became an alias since, has still to be.
    /// </summary>
    private async Task<DeliveryResult> ToTargetsAsync(Recipient recipient, ImmutableArray<MailPath> targets, StagedBody body)
    {
        var elsewhere = ImmutableArray.CreateBuilder<Recipient>();
        bool isNew = false;
        foreach (var target in targets)
        {
            if (await context.Directory.FindAccountAsync(target, CancellationToken.None).ConfigureAwait(false) is { } account)
                isNew |= await context.Mailboxes.DeliverAsync(account, job.Envelope.Id, recipient.Address, new(body, DeliveryTrace.Of(job.Envelope.ReversePath, recipient.Address), MailFlags.None, [], null)).ConfigureAwait(false);
            else if (!context.Directory.IsLocal(target.Domain)) elsewhere.Add(new(target.Address, target.Domain, recipient.Parameters));
        }
        if (elsewhere.Count > 0 && await ForwardAsync(elsewhere.ToImmutable(), body).ConfigureAwait(false) is { } refusal) return new DeliveryResult.Deferred(refusal, Host);
        return new DeliveryResult.Delivered(isNew || elsewhere.Count > 0 ? Delivered : Again, Host);
    }

    private Task<SmtpReply?> ForwardAsync(ImmutableArray<Recipient> recipients, StagedBody body)
    {
        var message = context.Spool.BeginMessage();
        for (long offset = 0; offset < body.Size;)
        {
            int count = body.Read(offset, message.GetSpan(1));
            message.Advance(count);
            offset += count;
        }
        return forward(job.Envelope with { Id = context.Ids.Next(), Recipients = recipients }, message);
    }
}

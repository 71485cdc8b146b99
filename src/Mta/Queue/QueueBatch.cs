using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>One event of the journal: what changed in a flush interval (queue.proto).</summary>
public sealed record QueueBatch(
    long SpoolLsn, IReadOnlyList<MessageSnapshot> Enqueued, IReadOnlyList<MessageChange> Changed, IReadOnlyList<MessageId> Removed, Ledger Ledger);

/// <summary>The whole partition at a point of the spool.</summary>
public sealed record QueueSnapshot(long SpoolLsn, IReadOnlyList<MessageSnapshot> Messages, Ledger Ledger);

/// <summary>A message as the journal keeps it.</summary>
public sealed record MessageSnapshot(Envelope Envelope, BodyLocation Location, MessageChange State)
{
    public static MessageSnapshot Of(QueuedMessage message) => new(message.Envelope, message.Location, MessageChange.Of(message));
}

/// <summary>The changeable part of a message, whole.</summary>
public sealed record MessageChange(MessageId Id, RecipientState[] Recipients, bool Held, bool DelayNotified, BodyLocation Location)
{
    public static MessageChange Of(QueuedMessage message)
    {
        var recipients = (RecipientState[])message.Recipients.Clone();
        // What is under way is not yet anything: after a restart it is tried again.
        foreach (ref var r in recipients.AsSpan())
            if (!r.IsSettled) r.Status = RecipientStatus.Scheduled;
        return new(message.Id, recipients, message.Held, message.DelayNotified, message.Location);
    }

    public void ApplyTo(QueuedMessage message)
    {
        Recipients.CopyTo(message.Recipients.AsSpan());
        (message.Held, message.DelayNotified, message.Location) = (Held, DelayNotified, Location);
    }
}

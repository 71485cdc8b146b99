using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>One event of the journal: what changed in a flush interval (queue.proto).</summary>
/// <param name="Enqueued">Messages whole: new ones, and old ones that are written once more so that the journal before can go.</param>
public sealed record QueueBatch(
    long SpoolLsn, IReadOnlyList<MessageSnapshot> Enqueued, IReadOnlyList<MessageChange> Changed, IReadOnlyList<MessageId> Removed, Ledger Ledger)
{
    /// <summary>What it costs to write and to read, in messages.</summary>
    public int Weight => Enqueued.Count + Changed.Count + Removed.Count + RowWeight;

    private const int RowWeight = 10;
}

/// <summary>A message as the journal keeps it.</summary>
/// <param name="Envelope">As mail.proto has it.</param>
public sealed record MessageSnapshot(ReadOnlyMemory<byte> Envelope, sbyte Priority, BodyLocation Location, MessageChange State)
{
    public static MessageSnapshot Of(QueuedMessage message) => new(message.EncodedEnvelope, message.Priority, message.Location, MessageChange.Of(message));

    internal QueuedMessage ToMessage() => new(State.Id, Envelope, Priority, Location, new RecipientState[State.Recipients.Length]) { Journaled = true };
}

/// <summary>The changeable part of a message, whole.</summary>
/// <param name="Location">Where the body is now; null where it has not moved.</param>
public sealed record MessageChange(MessageId Id, RecipientState[] Recipients, bool Held, bool DelayNotified, BodyLocation? Location)
{
    public static MessageChange Of(QueuedMessage message)
    {
        var recipients = (RecipientState[])message.Recipients.Clone();
        // What is under way is not yet anything: after a restart it is tried again.
        foreach (ref var r in recipients.AsSpan())
            if (!r.IsSettled) r.Status = RecipientStatus.Scheduled;
        return new(message.Id, recipients, message.Held, message.DelayNotified, message.HasMoved ? message.Location : null);
    }

    internal void ApplyTo(QueuedMessage message)
    {
        Recipients.AsSpan(0, Math.Min(Recipients.Length, message.Recipients.Length)).CopyTo(message.Recipients);
        (message.Held, message.DelayNotified) = (Held, DelayNotified);
        if (Location is { } location) message.MoveTo(location);
        message.HasMoved = false;
    }
}

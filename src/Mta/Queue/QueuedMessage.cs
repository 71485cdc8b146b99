using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>What a recipient is waiting for, or how it ended. The values below 10 are stored.</summary>
public enum RecipientStatus : byte
{
    /// <summary>To be tried at its due time.</summary>
    Scheduled = 0,
    Delivered = 1,
    Failed = 2,
    Expired = 3,
    Dropped = 4,

    /// <summary>Handed out for delivery. Stored as scheduled: a restart tries it again.</summary>
    InFlight = 10,

    /// <summary>Failed, and the notification is not yet safe. Stored as scheduled.</summary>
    Failing = 11,

    /// <summary>Expired, and the notification is not yet safe. Stored as scheduled.</summary>
    Expiring = 12,
}

/// <summary>Where one recipient of a queued message stands.</summary>
public struct RecipientState
{
    public RecipientStatus Status { get; set; }
    public ushort Attempts { get; set; }
    public DateTimeOffset Due { get; set; }

    /// <summary>Of the last attempt, or null.</summary>
    public DeliveryResult? Last { get; set; }

    public readonly bool IsSettled => Status is RecipientStatus.Delivered or RecipientStatus.Failed or RecipientStatus.Expired or RecipientStatus.Dropped;
}

/// <summary>A message in the queue: its envelope, where its body is, and one state for each recipient.</summary>
public sealed class QueuedMessage(Envelope envelope, BodyLocation location)
{
    public Envelope Envelope { get; } = envelope;
    public MessageId Id => Envelope.Id;
    public BodyLocation Location { get; set; } = location;

    /// <summary>The handle of the body; null while the journal is being read, and once the message has left.</summary>
    public StoredBody? Body { get; set; }

    /// <summary>The message has left the queue: lets its body go, once.</summary>
    public void ReleaseBody()
    {
        Body?.Release();
        Body = null;
    }

    public RecipientState[] Recipients { get; } = new RecipientState[envelope.Recipients.Length];

    /// <summary>The operator asked to keep it.</summary>
    public bool Held { get; set; }

    /// <summary>The sender was told that it is late.</summary>
    public bool DelayNotified { get; set; }

    /// <summary>The journal knows it.</summary>
    public bool Journaled { get; set; }

    public bool IsSettled => Array.TrueForAll(Recipients, r => r.IsSettled);

    public bool IsInFlight => Array.Exists(Recipients, r => r.Status == RecipientStatus.InFlight);

    /// <summary>The earliest due time among scheduled recipients, or null.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (ref readonly var r in Recipients.AsSpan())
                if (r.Status == RecipientStatus.Scheduled && (next is null || r.Due < next)) next = r.Due;
            return next;
        }
    }
}

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

/// <summary>
/// A message in the queue while somebody works on it: its envelope, where its body is, and one state for each recipient. Between its attempts it
/// is packed (<see cref="PackedMessage"/>); nobody keeps hold of this object then.
/// </summary>
public sealed class QueuedMessage
{
    private Envelope? _envelope;
    private ReadOnlyMemory<byte> _encoded;
    private bool _isReleased;

    public QueuedMessage(Envelope envelope, BodyLocation location)
    {
        (_envelope, Id, Priority, Location) = (envelope, envelope.Id, (sbyte)envelope.Parameters.Priority, location);
        Recipients = new RecipientState[envelope.Recipients.Length];
    }

    /// <param name="encoded">The envelope as it is stored; read when it is asked for.</param>
    internal QueuedMessage(MessageId id, ReadOnlyMemory<byte> encoded, sbyte priority, BodyLocation location, RecipientState[] recipients) =>
        (Id, _encoded, Priority, Location, Recipients) = (id, encoded, priority, location, recipients);

    public MessageId Id { get; }
    public Envelope Envelope => _envelope ??= EnvelopeCodec.Decode(_encoded.Span);
    public sbyte Priority { get; }
    public BodyLocation Location { get; private set; }
    public RecipientState[] Recipients { get; }

    /// <summary>The operator asked to keep it.</summary>
    public bool Held { get; set; }

    /// <summary>The sender was told that it is late.</summary>
    public bool DelayNotified { get; set; }

    /// <summary>The journal knows it.</summary>
    public bool Journaled { get; set; }

    /// <summary>The journal has an older place of its body.</summary>
    public bool HasMoved { get; set; }

    /// <summary>Recipients that a <see cref="Domains.DeliveryJob"/> names and that were not answered for.</summary>
    public int HandedOut { get; set; }

    /// <summary>Recipients whose failure is told in a notification that is not stored yet, or null.</summary>
    public HashSet<int>? Notifying { get; set; }

    /// <summary>The envelope as it is stored (mail.proto).</summary>
    public ReadOnlyMemory<byte> EncodedEnvelope => _encoded.IsEmpty ? _encoded = EnvelopeCodec.Encode(Envelope) : _encoded;

    /// <summary>Nothing but its due time is awaited.</summary>
    public bool IsIdle => HandedOut == 0 && Notifying is null && !Array.Exists(Recipients, r => r.Status is RecipientStatus.Failing or RecipientStatus.Expiring);

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

    /// <summary>The earliest due time after <paramref name="now"/> among scheduled recipients, or null.</summary>
    public DateTimeOffset? DueAfter(DateTimeOffset now)
    {
        DateTimeOffset? next = null;
        foreach (ref readonly var r in Recipients.AsSpan())
            if (r.Status == RecipientStatus.Scheduled && r.Due > now && (next is null || r.Due < next)) next = r.Due;
        return next;
    }

    private StoredBody? Handle { get; set; }

    /// <summary>The handle of the body, which the partition owns.</summary>
    public StoredBody Body(ISpool spool, int partition) => Handle ??= spool.Handle(partition, Location);

    /// <summary>The body as it came from the spool, or came to lie elsewhere in it.</summary>
    public void SetBody(StoredBody body) => (Handle, Location) = (body, body.Location);

    /// <summary>It will not be tried soon: lets go of the copy of the body in memory.</summary>
    public void DropMemory() => Handle?.DropMemory();

    /// <summary>The message has left the queue: lets its body go, once.</summary>
    public void ReleaseBody(ISpool spool, int partition)
    {
        if (_isReleased) return;
        _isReleased = true;
        Body(spool, partition).Release();
    }

    internal void MoveTo(BodyLocation location) => (Location, HasMoved) = (location, true);
}

using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// The pure state of one partition: the messages, the status of each recipient, and the ledger. No clock, no disk, no actor.
/// <para>
/// Legal ways of a recipient: scheduled → in flight → (delivered | scheduled again | failing | expiring); failing → failed;
/// expiring → expired; scheduled or in flight → dropped. What is settled stays as it is: a late or repeated outcome changes nothing.
/// </para>
/// It is rebuilt from a snapshot, the batches after it, and the records of the spool after the last batch; every change is therefore
/// one that a second application does not double.
/// </summary>
public sealed class QueueState
{
    private readonly Dictionary<MessageId, QueuedMessage> _messages = [];
    private readonly HashSet<QueuedMessage> _dirty = [];
    private readonly List<MessageId> _removed = [];
    private Ledger _journaledLedger;
    private long _journaledLsn;

    public IReadOnlyCollection<QueuedMessage> Messages => _messages.Values;
    public Ledger Ledger { get; private set; }

    /// <summary>The last record of the spool that is contained.</summary>
    public long SpoolLsn { get; private set; }

    public QueuedMessage? Find(MessageId id) => _messages.GetValueOrDefault(id);

    /// <summary>A message from the spool, live or replayed. Null when it is known already.</summary>
    public QueuedMessage? Enqueue(Envelope envelope, StoredBody? body, BodyLocation location, long lsn)
    {
        Advance(lsn);
        if (_messages.ContainsKey(envelope.Id)) return null;
        var message = new QueuedMessage(envelope, location) { Body = body };
        var due = envelope.NotBefore is { } later && later > envelope.ReceivedAt ? later : envelope.ReceivedAt;
        foreach (ref var r in message.Recipients.AsSpan()) r.Due = due;
        _messages.Add(envelope.Id, message);
        _dirty.Add(message);
        Ledger = Ledger with { Accepted = Ledger.Accepted + envelope.Recipients.Length };
        return message;
    }

    /// <summary>The recipient is handed out; false when it is not scheduled.</summary>
    public static bool Start(QueuedMessage message, int recipient)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status != RecipientStatus.Scheduled) return false;
        r.Status = RecipientStatus.InFlight;
        return true;
    }

    /// <summary>Handed out, but not tried: scheduled as before.</summary>
    public static void Return(QueuedMessage message, int recipient)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status == RecipientStatus.InFlight) r.Status = RecipientStatus.Scheduled;
    }

    /// <summary>Tried in vain: to be tried again at <paramref name="due"/>. False when the recipient is not in flight.</summary>
    public bool Defer(QueuedMessage message, int recipient, DeliveryResult result, DateTimeOffset due)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status != RecipientStatus.InFlight) return false;
        r.Status = RecipientStatus.Scheduled;
        Attempted(ref r, result);
        r.Due = due;
        _dirty.Add(message);
        return true;
    }

    /// <summary>Given up; settled by <see cref="Settle"/> once the notification is safe. False when it was settled or given up already.</summary>
    public bool GiveUp(QueuedMessage message, int recipient, DeliveryResult result, bool expired)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.IsSettled || r.Status is RecipientStatus.Failing or RecipientStatus.Expiring) return false;
        if (r.Status == RecipientStatus.InFlight) r.Attempts++;
        r.Last = result;
        r.Status = expired ? RecipientStatus.Expiring : RecipientStatus.Failing;
        _dirty.Add(message);
        return true;
    }

    /// <summary>The recipient is done with. False when it was already. A message without open recipients leaves the queue.</summary>
    public bool Settle(QueuedMessage message, int recipient, RecipientStatus end, DeliveryResult? result = null)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.IsSettled) return false;
        if (result is not null) Attempted(ref r, result);
        r.Status = end;
        Ledger = Ledger.With(end);
        if (message.IsSettled) Remove(message);
        else _dirty.Add(message);
        return true;
    }

    /// <summary>A settlement replayed from the spool.</summary>
    public void Replay(SpoolProtocol.Settled record)
    {
        Advance(record.Lsn);
        if (Find(record.Id) is not { } message) return;
        var end = record.As switch
        {
            Settlement.Delivered => RecipientStatus.Delivered,
            Settlement.Expired => RecipientStatus.Expired,
            Settlement.Dropped => RecipientStatus.Dropped,
            _ => RecipientStatus.Failed,
        };
        foreach (int recipient in record.Recipients)
            if (recipient < message.Recipients.Length) Settle(message, recipient, end);
    }

    /// <summary>The body was copied elsewhere in the spool. Null when the message is not known (any more).</summary>
    public QueuedMessage? Move(MessageId id, BodyLocation location, long lsn)
    {
        Advance(lsn);
        if (Find(id) is not { } message) return null;
        message.Location = location;
        _dirty.Add(message);
        return message;
    }

    public void Hold(QueuedMessage message, bool held)
    {
        if (message.Held == held) return;
        message.Held = held;
        _dirty.Add(message);
    }

    /// <summary>Makes these recipients, where they are scheduled, due at <paramref name="due"/>.</summary>
    public void Reschedule(QueuedMessage message, ReadOnlySpan<int> recipients, DateTimeOffset due)
    {
        foreach (int recipient in recipients)
        {
            ref var r = ref message.Recipients[recipient];
            if (r.Status == RecipientStatus.Scheduled) r.Due = due;
        }
        _dirty.Add(message);
    }

    /// <summary>Remembers whether the sender was told that the message is late.</summary>
    public void DelayNotified(QueuedMessage message, bool notified)
    {
        message.DelayNotified = notified;
        _dirty.Add(message);
    }

    /// <summary>What to persist now: all changes since the last call. Null when there are none.</summary>
    public QueueBatch? TakeBatch()
    {
        if (_dirty.Count == 0 && _removed.Count == 0 && Ledger == _journaledLedger && SpoolLsn == _journaledLsn) return null;
        var enqueued = new List<MessageSnapshot>();
        var changed = new List<MessageChange>();
        foreach (var message in _dirty)
        {
            if (message.Journaled) changed.Add(MessageChange.Of(message));
            else enqueued.Add(MessageSnapshot.Of(message));
            message.Journaled = true;
        }
        var batch = new QueueBatch(SpoolLsn, enqueued, changed, [.. _removed], Ledger);
        _dirty.Clear();
        _removed.Clear();
        (_journaledLedger, _journaledLsn) = (Ledger, SpoolLsn);
        return batch;
    }

    /// <summary>The whole state, as of the last batch or later.</summary>
    public QueueSnapshot TakeSnapshot() => new(SpoolLsn, [.. _messages.Values.Select(MessageSnapshot.Of)], Ledger);

    public void Apply(QueueSnapshot snapshot)
    {
        _messages.Clear();
        foreach (var message in snapshot.Messages) Add(message);
        Journaled(snapshot.SpoolLsn, snapshot.Ledger);
    }

    public void Apply(QueueBatch batch)
    {
        foreach (var message in batch.Enqueued) Add(message);
        foreach (var change in batch.Changed)
            if (Find(change.Id) is { } message) change.ApplyTo(message);
        foreach (var id in batch.Removed) _messages.Remove(id);
        Journaled(batch.SpoolLsn, batch.Ledger);
    }

    private void Add(MessageSnapshot snapshot)
    {
        var message = new QueuedMessage(snapshot.Envelope, snapshot.Location) { Journaled = true };
        snapshot.State.ApplyTo(message);
        _messages[message.Id] = message;
    }

    private void Journaled(long lsn, Ledger ledger)
    {
        SpoolLsn = _journaledLsn = lsn;
        Ledger = _journaledLedger = ledger;
    }

    private void Remove(QueuedMessage message)
    {
        _messages.Remove(message.Id);
        _dirty.Remove(message);
        if (message.Journaled) _removed.Add(message.Id);
    }

    /// <summary>Every record of ours up to here is contained.</summary>
    public void Advance(long lsn) => SpoolLsn = Math.Max(SpoolLsn, lsn);

    private static void Attempted(ref RecipientState r, DeliveryResult result)
    {
        if (r.Attempts < ushort.MaxValue) r.Attempts++;
        r.Last = result;
    }
}

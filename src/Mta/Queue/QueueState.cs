using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// The pure state of one partition: the messages, the status of each recipient, and the ledger. No clock, no disk, no actor.
/// <para>
/// Legal ways of a recipient: scheduled → in flight → (delivered | scheduled again | failing | expiring); failing → failed;
/// expiring → expired; scheduled or in flight → dropped. What is settled stays as it is: a late or repeated outcome changes nothing.
/// </para>
/// It is rebuilt from the journal's batches, and the records of the spool after the last one; every change is therefore one that a
/// second application does not double.
/// <para>
/// A message that nobody works on is packed, by <see cref="TakeBatches"/> or <see cref="Rest"/>: then <see cref="Find"/> makes a new object of it,
/// and the old one must not be used any more.
/// </para>
/// </summary>
public sealed class QueueState
{
    /// <summary>Messages, and removals, of one batch at most: a row of the journal stays below some hundred KiB.</summary>
    internal const int MaxBatch = 1000;

    private readonly MessageTable _messages = new();
    private readonly HashSet<QueuedMessage> _dirty = [];
    private readonly List<MessageId> _removed = [];
    private Ledger _journaledLedger;
    private long _journaledLsn;

    /// <summary>Messages in the queue.</summary>
    public int Count => _messages.Count;

    /// <summary>Messages that the operator holds.</summary>
    public int Held { get; private set; }

    /// <summary>Recipients that are handed out, or next in line.</summary>
    public long InFlight { get; private set; }

    /// <summary>Open recipients that were tried in vain and are not in flight.</summary>
    public long Deferred { get; private set; }

    public Ledger Ledger { get; private set; }

    /// <summary>The last record of the spool that is contained.</summary>
    public long SpoolLsn { get; private set; }

    /// <summary>Changes that <see cref="TakeBatches"/> has not taken.</summary>
    public int Unwritten => _dirty.Count + _removed.Count;

    internal MessageTable Messages => _messages;

    /// <summary>The message to work on.</summary>
    public QueuedMessage? Find(MessageId id) => _messages.Find(id);

    /// <summary>A message from the spool, live or replayed. Null when it is known already.</summary>
    public QueuedMessage? Enqueue(Envelope envelope, StoredBody? body, BodyLocation location, long lsn)
    {
        Advance(lsn);
        if (_messages.Contains(envelope.Id)) return null;
        var message = new QueuedMessage(envelope, location);
        if (body is not null) message.SetBody(body);
        var due = envelope.NotBefore is { } later && later > envelope.ReceivedAt ? later : envelope.ReceivedAt;
        foreach (ref var r in message.Recipients.AsSpan()) r.Due = due;
        _messages.Add(message);
        _dirty.Add(message);
        Ledger = Ledger with { Accepted = Ledger.Accepted + envelope.Recipients.Length };
        return message;
    }

    /// <summary>The recipient is handed out, or next in line; false when it is not scheduled.</summary>
    public bool Start(QueuedMessage message, int recipient)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status != RecipientStatus.Scheduled) return false;
        Tally(r, -1);
        r.Status = RecipientStatus.InFlight;
        Tally(r, 1);
        return true;
    }

    /// <summary>Handed out, but not tried: scheduled as before.</summary>
    public void Return(QueuedMessage message, int recipient)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status != RecipientStatus.InFlight) return;
        Tally(r, -1);
        r.Status = RecipientStatus.Scheduled;
        Tally(r, 1);
    }

    /// <summary>Tried in vain: to be tried again at <paramref name="due"/>. False when the recipient is not in flight.</summary>
    public bool Defer(QueuedMessage message, int recipient, DeliveryResult result, DateTimeOffset due)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.Status != RecipientStatus.InFlight) return false;
        Tally(r, -1);
        r.Status = RecipientStatus.Scheduled;
        Attempted(ref r, result);
        r.Due = due;
        Tally(r, 1);
        _dirty.Add(message);
        return true;
    }

    /// <summary>Given up; settled by <see cref="Settle"/> once the notification is safe. False when it was settled or given up already.</summary>
    public bool GiveUp(QueuedMessage message, int recipient, DeliveryResult result, bool expired)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.IsSettled || r.Status is RecipientStatus.Failing or RecipientStatus.Expiring) return false;
        Tally(r, -1);
        if (r.Status == RecipientStatus.InFlight && r.Attempts < ushort.MaxValue) r.Attempts++;
        r.Last = result;
        r.Status = expired ? RecipientStatus.Expiring : RecipientStatus.Failing;
        Tally(r, 1);
        _dirty.Add(message);
        return true;
    }

    /// <summary>The recipient is done with. False when it was already. A message without open recipients leaves the queue.</summary>
    public bool Settle(QueuedMessage message, int recipient, RecipientStatus end, DeliveryResult? result = null)
    {
        ref var r = ref message.Recipients[recipient];
        if (r.IsSettled) return false;
        Tally(r, -1);
        if (result is not null) Attempted(ref r, result);
        r.Status = end;
        Ledger = Ledger.With(end);
        if (message.IsSettled) Remove(message);
        else _dirty.Add(message);
        return true;
    }

    /// <summary>A settlement replayed from the spool; returns the message if it has left the queue by that.</summary>
    public QueuedMessage? Replay(SpoolProtocol.Settled record)
    {
        Advance(record.Lsn);
        if (Find(record.Id) is not { } message) return null;
        var end = record.As switch
        {
            Settlement.Delivered => RecipientStatus.Delivered,
            Settlement.Expired => RecipientStatus.Expired,
            Settlement.Dropped => RecipientStatus.Dropped,
            _ => RecipientStatus.Failed,
        };
        foreach (int recipient in record.Recipients)
            if (recipient < message.Recipients.Length) Settle(message, recipient, end);
        Rest(message);
        return message.IsSettled ? message : null;
    }

    /// <summary>The body was copied elsewhere in the spool. Null when the message is not known (any more).</summary>
    public QueuedMessage? Move(MessageId id, BodyLocation location, long lsn)
    {
        Advance(lsn);
        if (Find(id) is not { } message) return null;
        message.MoveTo(location);
        _dirty.Add(message);
        return message;
    }

    public void Hold(QueuedMessage message, bool held)
    {
        if (message.Held == held) return;
        message.Held = held;
        Held += held ? 1 : -1;
        _dirty.Add(message);
    }

    /// <summary>
    /// Makes these recipients, where they are scheduled, due at <paramref name="due"/>. The journal does not hear of it: they are tried at once, and
    /// where a crash comes before that, they are at their old time.
    /// </summary>
    public static void Reschedule(QueuedMessage message, ReadOnlySpan<int> recipients, DateTimeOffset due)
    {
        foreach (int recipient in recipients)
        {
            ref var r = ref message.Recipients[recipient];
            if (r.Status == RecipientStatus.Scheduled) r.Due = due;
        }
    }

    /// <summary>Remembers whether the sender was told that the message is late.</summary>
    public void DelayNotified(QueuedMessage message, bool notified)
    {
        message.DelayNotified = notified;
        _dirty.Add(message);
    }

    /// <summary>Packs a message that nobody works on. One that has changed is packed when the change is taken.</summary>
    public void Rest(QueuedMessage message)
    {
        if (message.IsIdle && !_dirty.Contains(message)) _messages.Pack(message);
    }

    /// <summary>
    /// What to persist now, in one transaction: all changes since the last call. Empty when there are none. Packs the messages that nobody works on.
    /// </summary>
    /// <param name="again">Messages to write once more; with these, also none, there is always a batch.</param>
    public IReadOnlyList<QueueBatch> TakeBatches(IReadOnlyList<MessageSnapshot>? again = null)
    {
        if (Unwritten == 0 && again is null && Ledger == _journaledLedger && SpoolLsn == _journaledLsn) return [];
        var enqueued = new List<MessageSnapshot>(again ?? []);
        var changed = new List<MessageChange>();
        foreach (var message in _dirty)
        {
            if (message.Journaled) changed.Add(MessageChange.Of(message));
            else enqueued.Add(MessageSnapshot.Of(message));
            (message.Journaled, message.HasMoved) = (true, false);
            if (message.IsIdle) _messages.Pack(message);
        }
        var batches = new List<QueueBatch>();
        int count = Math.Max(1, (Math.Max(Math.Max(enqueued.Count, changed.Count), _removed.Count) + MaxBatch - 1) / MaxBatch);
        for (int i = 0; i < count; i++)
        {
            // the log is contained up to here only with the last one
            var (lsn, ledger) = i < count - 1 ? (_journaledLsn, _journaledLedger) : (SpoolLsn, Ledger);
            batches.Add(new(lsn, Part(enqueued, i), Part(changed, i), Part(_removed, i), ledger));
        }
        _dirty.Clear();
        _removed.Clear();
        (_journaledLedger, _journaledLsn) = (Ledger, SpoolLsn);
        return batches;
    }

    /// <summary>
    /// The next messages behind <paramref name="cursor"/> that the journal knows, as they are now: with these, the next batches hold what an
    /// older one says of them.
    /// </summary>
    internal IReadOnlyList<MessageSnapshot> WriteAgain(MessageTable.Cursor cursor, long last, int count) =>
        [.. _messages.Walk(cursor, last, count, []).Where(m => m.Journaled).Select(MessageSnapshot.Of)];

    public void Apply(QueueBatch batch)
    {
        foreach (var snapshot in batch.Enqueued) Apply(snapshot);
        foreach (var change in batch.Changed)
            if (Find(change.Id) is { } message)
            {
                Tally(message, -1);
                change.ApplyTo(message);
                Tally(message, 1);
                _messages.Pack(message);
            }
        foreach (var id in batch.Removed) Forget(id);
        SpoolLsn = _journaledLsn = batch.SpoolLsn;
        Ledger = _journaledLedger = batch.Ledger;
    }

    /// <summary>All batches were applied: the messages stand by age again, which writing some of them once more had changed.</summary>
    public void Recovered() => _messages.SortByAge();

    private void Apply(MessageSnapshot snapshot)
    {
        if (Find(snapshot.State.Id) is not { } message)
        {
            message = snapshot.ToMessage();
            _messages.Add(message);
        }
        else Tally(message, -1);
        message.MoveTo(snapshot.Location);
        snapshot.State.ApplyTo(message);
        Tally(message, 1);
        _messages.Pack(message);
    }

    private void Forget(MessageId id)
    {
        if (Find(id) is not { } message) return;
        Tally(message, -1);
        _messages.Remove(id);
    }

    private void Remove(QueuedMessage message)
    {
        if (message.Held) Held--;
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

    private void Tally(QueuedMessage message, int sign)
    {
        if (message.Held) Held += sign;
        foreach (ref readonly var r in message.Recipients.AsSpan()) Tally(r, sign);
    }

    private void Tally(in RecipientState r, int sign)
    {
        if (r.Status == RecipientStatus.InFlight) InFlight += sign;
        else if (r is { IsSettled: false, Attempts: > 0 }) Deferred += sign;
    }

    private static List<T> Part<T>(List<T> all, int number)
    {
        int from = Math.Min(all.Count, number * MaxBatch);
        return all.GetRange(from, Math.Min(MaxBatch, all.Count - from));
    }
}

using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Mta.Domains;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// One partition of the queue. It owns the envelopes it holds and the state of each recipient, hands out what is due, and takes the
/// outcomes. The spool is its write-ahead log: its own journal follows lazily, one event per flush, and holds what survived that long.
/// </summary>
/// <remarks>
/// Replaying (journal, then the spool's tail) → Running → Stopping (last flush). A failed persist stops the actor; its supervisor starts
/// it again, and the spool tells again what the journal lacks.
/// </remarks>
public sealed partial class QueueActor : UntypedPersistentActor
{
    private readonly int _partition;
    private readonly QueueContext _context;
    private readonly QueueState _state = new();
    private readonly DueTimes _due = new();
    private readonly Dictionary<string, DispatchLane> _lanes = [];
    private readonly QueueNotifier _notifier;
    private readonly ITimer _dueTimer;
    private readonly ITimer _flushTimer;
    private bool _running;
    private bool _flushing;
    private bool _stopping;
    private int _flushesSinceSnapshot;

    /// <summary>Answers that the snapshot store and the journal still owe us; a stop waits for them.</summary>
    private int _housekeeping;

    public QueueActor(int partition, QueueContext context)
    {
        _partition = partition;
        _context = context;
        _notifier = new(partition, context, _state, Self);
        var self = Self;
        _dueTimer = context.Clock.CreateTimer(_ => self.Tell(DueTick.Instance), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _flushTimer = context.Clock.CreateTimer(_ => self.Tell(FlushTick.Instance), null, Settings.FlushInterval, Settings.FlushInterval);
    }

    public static Props Props(int partition, QueueContext context) => Akka.Actor.Props.Create(() => new QueueActor(partition, context));

    /// <inheritdoc/>
    public override string PersistenceId => $"queue-{_partition:00}";

    private QueueSettings Settings => _context.Settings.Value;
    private DateTimeOffset Now => _context.Clock.GetUtcNow();

    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: QueueSnapshot snapshot }:
                _state.Apply(snapshot);
                break;
            case QueueBatch batch:
                _state.Apply(batch);
                _flushesSinceSnapshot++;
                break;
            case RecoveryCompleted:
                foreach (var m in _state.Messages) m.Body = _context.Spool.Restore(_partition, m.Location);
                _context.Spool.Attach(_partition, Self, _state.SpoolLsn);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case SpoolProtocol.Stored stored:
                OnStored(stored);
                break;
            case QueueProtocol.Attempted attempted:
                OnAttempted(attempted);
                break;
            case QueueProtocol.Returned returned:
                OnReturned(returned);
                break;
            case FlushTick:
                Flush();
                break;
            case DueTick:
                DispatchDue();
                break;
            case SpoolProtocol.NotStored refused:
                _notifier.OnNotStored(refused);
                break;
            case QueueNotifier.Retry retry:
                _notifier.OnRetry(retry);
                if (_state.Find(retry.Id) is { } failing) Conclude(failing);
                break;
            case SpoolProtocol.Settled settled:
                var found = _state.Find(settled.Id);
                _state.Replay(settled);
                if (found is { IsSettled: true }) found.ReleaseBody();
                break;
            case SpoolProtocol.Moved moved:
                OnMoved(moved);
                break;
            case SpoolProtocol.Evacuate evacuate:
                foreach (var m in _state.Messages)
                    if (m.Location.Offset >= 0 && m.Location.Segment == evacuate.Segment) _context.Spool.Move(_partition, m.Id, m.Body!);
                break;
            case SpoolProtocol.Attached attached:
                _running = true;
                _state.Advance(attached.Lsn);
                Reschedule();
                Context.Parent.Tell(new QueueProtocol.Ready(_partition));
                break;
            case QueueProtocol.List list:
                Sender.Tell(QueueReport.List(_state, list));
                break;
            case QueueProtocol.GetStatus:
                Sender.Tell(QueueReport.Status(_state));
                break;
            case QueueProtocol.Change change:
                Sender.Tell(OnChange(change));
                break;
            case QueueProtocol.Stop:
                _stopping = true;
                Flush();
                break;
            case SaveSnapshotSuccess saved:
                // what the snapshot covers is not needed again
                _housekeeping += 1;
                DeleteMessages(saved.Metadata.SequenceNr);
                DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
                break;
            case SaveSnapshotFailure failure:
                QueueLog.SnapshotFailed(_context.Logger, _partition, failure.Cause.Message);
                HousekeepingDone();
                break;
            case DeleteMessagesFailure failure:
                QueueLog.SnapshotFailed(_context.Logger, _partition, failure.Cause.Message);
                HousekeepingDone();
                break;
            case DeleteMessagesSuccess or DeleteSnapshotsSuccess or DeleteSnapshotsFailure:
                HousekeepingDone();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnStored(SpoolProtocol.Stored stored)
    {
        if (_notifier.OnStored(stored)) return;
        if (_state.Enqueue(stored.Envelope, stored.Body, stored.Body.Location, stored.Lsn) is not { } message)
        {
            stored.Body.Release();
            return;
        }
        if (_running) Dispatch(message, Now);
    }

    private void OnMoved(SpoolProtocol.Moved moved)
    {
        if (_state.Move(moved.Id, moved.Body.Location, moved.Lsn) is not { } message)
        {
            moved.Body.Release();
            return;
        }
        message.Body?.Release();
        message.Body = moved.Body;
    }

    private void OnAttempted(QueueProtocol.Attempted attempted)
    {
        if (_state.Find(attempted.Id) is { } message)
        {
            Record(message, attempted.Results);
            Conclude(message);
        }
        Answered(attempted.Domain, attempted.Results.Length);
    }

    private void OnReturned(QueueProtocol.Returned returned)
    {
        if (_state.Find(returned.Id) is { } message)
        {
            foreach (int recipient in returned.Recipients) QueueState.Return(message, recipient);
            Conclude(message);
        }
        Answered(returned.Domain, returned.Recipients.Length);
    }

    private void Record(QueuedMessage message, ImmutableArray<RecipientResult> results)
    {
        var now = Now;
        List<int>? delivered = null;
        foreach (var (recipient, result) in results)
        {
            if ((uint)recipient >= (uint)message.Recipients.Length) continue;
            switch (result)
            {
                case DeliveryResult.Delivered d when _state.Settle(message, recipient, RecipientStatus.Delivered, result):
                    (delivered ??= []).Add(recipient);
                    _notifier.Delivered(message, recipient, d);
                    break;
                case DeliveryResult.Failed:
                    _state.GiveUp(message, recipient, result, expired: false);
                    break;
                case DeliveryResult.Deferred when now >= Expires(message.Envelope):
                    _state.GiveUp(message, recipient, result, expired: true);
                    break;
                case DeliveryResult.Deferred:
                    _state.Defer(message, recipient, result, NextAttempt(message, recipient, now));
                    break;
            }
        }
        if (delivered is not null) _context.Spool.Settle(_partition, message.Id, [.. delivered], Settlement.Delivered);
    }

    private DateTimeOffset NextAttempt(QueuedMessage message, int recipient, DateTimeOffset now)
    {
        var wait = Settings.Retry.After(message.Recipients[recipient].Attempts + 1);
        wait *= 1 + Settings.Jitter * (2 * Random.Shared.NextDouble() - 1);
        // one last attempt when time runs out, not hours after
        var (next, expires) = (now + wait, Expires(message.Envelope));
        return next < expires ? next : expires;
    }

    private DateTimeOffset Expires(Envelope envelope)
    {
        var expires = envelope.ReceivedAt + Settings.Expiry;
        // RFC 2852 §4.1.4.1: "BY=…;R" returns the message when the time has passed
        return envelope.Parameters.DeliverBy is { Return: true } by && envelope.ReceivedAt.AddSeconds(by.Seconds) is var deadline && deadline < expires ? deadline : expires;
    }

    // After a change of a message's recipients: notify, schedule what is left, or let the message go.
    private void Conclude(QueuedMessage message)
    {
        if (!message.IsInFlight) _notifier.Notify(message, Expires(message.Envelope), Now);
        if (message.IsSettled)
        {
            message.ReleaseBody();
            return;
        }
        if (message.NextDue is not { } due) return;
        if (!message.IsInFlight) message.Body!.DropMemory();
        if (_due.Add(message, due)) ArmDueTimer();
    }

    private QueueProtocol.Changed OnChange(QueueProtocol.Change change)
    {
        var now = Now;
        int messages = 0, recipients = 0;
        foreach (var message in QueueReport.Matching(_state, change.Filter).ToArray())
        {
            int[] matching = [.. QueueReport.Matching(message, change.Filter)];
            messages++;
            recipients += matching.Length;
            switch (change.Action)
            {
                case QueueAction.Retry:
                    _state.Reschedule(message, matching, now);
                    break;
                case QueueAction.Hold:
                    _state.Hold(message, true);
                    break;
                case QueueAction.Release:
                    _state.Hold(message, false);
                    break;
                case QueueAction.Bounce:
                    var reply = new DeliveryResult.Failed(new(550, new(5, 7, 0), "returned by the postmaster"), "");
                    foreach (int i in matching) _state.GiveUp(message, i, reply, expired: false);
                    break;
                case QueueAction.Drop:
                    foreach (int i in matching) _state.Settle(message, i, RecipientStatus.Dropped);
                    _context.Spool.Settle(_partition, message.Id, matching, Settlement.Dropped);
                    break;
            }
            if (change.Action is QueueAction.Bounce or QueueAction.Drop) Conclude(message);
            QueueLog.Changed(_context.Logger, message.Id, change.Action, matching.Length);
        }
        Reschedule();
        return new(messages, recipients);
    }

    private void Reschedule()
    {
        _due.Clear();
        foreach (var message in _state.Messages)
            if (!message.Held && message.NextDue is { } due) _due.Add(message, due);
        DispatchDue();
    }

    private void Flush()
    {
        if (_flushing || !_running) return;
        if (_state.TakeBatch() is not { } batch)
        {
            if (_stopping && _housekeeping == 0) Context.Stop(Self);
            return;
        }
        _flushing = true;
        // taken now, with the batch, so that both say the same
        var snapshot = ++_flushesSinceSnapshot >= Settings.SnapshotEvery ? _state.TakeSnapshot() : null;
        PersistAsync(batch, persisted =>
        {
            _flushing = false;
            _context.Spool.Checkpoint(_partition, persisted.SpoolLsn);
            if (snapshot is not null)
            {
                _flushesSinceSnapshot = 0;
                _housekeeping += 1;
                SaveSnapshot(snapshot);
            }
            if (_stopping) Flush();
        });
    }

    private void HousekeepingDone()
    {
        _housekeeping--;
        if (_stopping) Flush();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _dueTimer.Dispose();
        _flushTimer.Dispose();
        _notifier.Stop();
        _context.Spool.Detach(_partition, Self);
        base.PostStop();
    }

    private sealed record DueTick : Akka.Event.IDeadLetterSuppression
    {
        public static DueTick Instance { get; } = new();
    }

    private sealed record FlushTick : Akka.Event.IDeadLetterSuppression
    {
        public static FlushTick Instance { get; } = new();
    }
}

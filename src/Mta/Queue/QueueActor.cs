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
    /// <summary>Changed messages, and notifications, with which what an operator asked for waits until they are stored.</summary>
    private const int MaxUnwritten = 2000;

    private readonly int _partition;
    private readonly QueueContext _context;
    private readonly QueueState _state = new();
    private readonly DueTimes _due = new();
    private readonly Dictionary<string, DispatchLane> _lanes = [];
    private readonly JournalCompaction _compaction;
    private readonly QueueNotifier _notifier;
    private readonly List<QueueWalk> _parked = [];
    private readonly RecentAttempts _attempts;
    private readonly ITimer _dueTimer;
    private readonly ITimer _flushTimer;
    private bool _running;
    private bool _flushing;
    private bool _stopping;

    /// <summary>The journal deletes what it need not keep; a stop waits for that.</summary>
    private bool _deleting;

    public QueueActor(int partition, QueueContext context)
    {
        _partition = partition;
        _context = context;
        _compaction = new(_state);
        _notifier = new(partition, context, _state, Self);
        _attempts = new(context.Clock);
        var self = Self;
        _dueTimer = context.Clock.CreateTimer(_ => self.Tell(DueTick.Instance), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _flushTimer = context.Clock.CreateTimer(_ => self.Tell(FlushTick.Instance), null, Settings.FlushInterval, Settings.FlushInterval);
    }

    public static Props Props(int partition, QueueContext context) => Akka.Actor.Props.Create(() => new QueueActor(partition, context));

    /// <summary>There are no snapshots: the journal is kept short by <see cref="JournalCompaction"/>.</summary>
    public override Akka.Persistence.Recovery Recovery => new(SnapshotSelectionCriteria.None);

    /// <inheritdoc/>
    public override string PersistenceId => $"queue-{_partition:00}";

    private QueueSettings Settings => _context.Settings.Value;
    private DateTimeOffset Now => _context.Clock.GetUtcNow();

    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case QueueBatch batch:
                _state.Apply(batch);
                _compaction.Count(batch);
                break;
            case RecoveryCompleted:
                _state.Recovered();
                foreach (var (id, location) in _state.Messages.Bodies())
                {
                    _context.Ids.RiseAbove(id);
                    _context.Spool.Restore(_partition, location);
                }
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
                if (!_flushing) Unpark();
                ForgetSurvey();
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
                _state.Replay(settled)?.ReleaseBody(_context.Spool, _partition);
                break;
            case SpoolProtocol.Moved moved:
                OnMoved(moved);
                break;
            case SpoolProtocol.Evacuate evacuate:
                foreach (var (id, location) in _state.Messages.Bodies())
                    if (location.Offset >= 0 && location.Segment == evacuate.Segment) _context.Spool.Move(_partition, id, _context.Spool.Handle(_partition, location));
                break;
            case SpoolProtocol.Attached attached:
                _running = true;
                _state.Advance(attached.Lsn);
                _due.Refill(_state.Messages.Due());
                DispatchDue();
                Context.Parent.Tell(new QueueProtocol.Ready(_partition));
                break;
            case QueueProtocol.List list:
                if (QueueReport.TryList(_state, list) is { } listing) Sender.Tell(listing);
                else GoOn(new QueueWalk.List(list, Sender, _state.Messages.LastArrival));
                break;
            case QueueProtocol.GetStatus:
                Sender.Tell(QueueReport.Status(_state));
                break;
            case QueueProtocol.Survey survey:
                OnSurvey(survey);
                break;
            case QueueProtocol.GetAttempts:
                Sender.Tell(_attempts.Answer());
                break;
            case QueueProtocol.Resumed resumed:
                GoOn(new QueueWalk.Resume(resumed.Domain, _state.Messages.LastArrival));
                break;
            case LaneTick tick:
                if (_lanes.TryGetValue(tick.Domain, out var lane)) Advance(tick.Domain, lane);
                break;
            case QueueProtocol.Change change:
                OnChange(change);
                break;
            case QueueWalk walk:
                GoOn(walk);
                break;
            case QueueProtocol.Stop:
                _stopping = true;
                Flush();
                break;
            case DeleteMessagesFailure failure:
                QueueLog.CompactionFailed(_context.Logger, _partition, failure.Cause.Message);
                Deleted();
                break;
            case DeleteMessagesSuccess:
                Deleted();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnStored(SpoolProtocol.Stored stored)
    {
        if (_notifier.OnStored(stored)) return;
        if (!_running) _context.Ids.RiseAbove(stored.Envelope.Id);
        if (_state.Enqueue(stored.Envelope, stored.Body, stored.Body.Location, stored.Lsn) is not { } message)
        {
            stored.Body.Release();
            return;
        }
        if (_running) Dispatch(message, Now);
    }

    private void OnMoved(SpoolProtocol.Moved moved)
    {
        var message = _state.Find(moved.Id);
        // a job that is under way reads from the old place; the spool asks for what is left there once more
        if (message is null or { HandedOut: > 0 })
        {
            _state.Advance(moved.Lsn);
            moved.Body.Release();
            return;
        }
        var old = message.Body(_context.Spool, _partition);
        _state.Move(moved.Id, moved.Body.Location, moved.Lsn);
        old.Release();
        message.SetBody(moved.Body);
    }

    private void OnAttempted(QueueProtocol.Attempted attempted)
    {
        if (_state.Find(attempted.Id) is { } message)
        {
            message.HandedOut -= attempted.Results.Length;
            Record(message, attempted.Results);
            Conclude(message);
        }
        _attempts.Add(attempted.Domain, attempted.Results);
        Answered(attempted.Domain, attempted.Results.Length);
    }

    private void OnReturned(QueueProtocol.Returned returned)
    {
        if (_state.Find(returned.Id) is { } message)
        {
            message.HandedOut -= returned.Recipients.Length;
            foreach (int recipient in returned.Recipients) _state.Return(message, recipient);
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
            message.ReleaseBody(_context.Spool, _partition);
            return;
        }
        if (message.NextDue is not null && !message.IsInFlight) message.DropMemory();
        Await(message);
        _state.Rest(message);
    }

    private void Flush()
    {
        if (_flushing || !_running) return;
        var batches = _state.TakeBatches(_stopping ? null : _compaction.Next(LastSequenceNr, Settings.CompactFrom));
        if (batches.Count == 0)
        {
            if (_stopping && !_deleting) Context.Stop(Self);
            return;
        }
        _flushing = true;
        foreach (var batch in batches) _compaction.Count(batch);
        PersistAllAsync(batches, persisted =>
        {
            if (persisted == batches[^1]) Flushed(persisted.SpoolLsn);
        });
    }

    private void Flushed(long lsn)
    {
        _flushing = false;
        _context.Spool.Checkpoint(_partition, lsn);
        if (_compaction.TakeDeletable() is { } last and > 0)
        {
            _deleting = true;
            DeleteMessages(last);
        }
        Unpark();
        if (_stopping) Flush();
    }

    private void Deleted()
    {
        _deleting = false;
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

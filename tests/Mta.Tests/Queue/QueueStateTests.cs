using CsCheck;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Spool;

namespace Mta.Tests.Queue;

/// <summary>Random histories of a partition, with crashes: the ledger always balances, and what the journal and the log hold is the state.</summary>
public sealed class QueueStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
    private static readonly DeliveryResult Ok = new DeliveryResult.Delivered(SmtpReply.Parse("250 2.0.0 ok"), "mx.test");
    private static readonly DeliveryResult Later = new DeliveryResult.Deferred(SmtpReply.Parse("451 4.3.0 later"), "mx.test");
    private static readonly DeliveryResult No = new DeliveryResult.Failed(SmtpReply.Parse("550 5.1.1 no"), "mx.test");

    private enum Step { Enqueue, Deliver, Defer, Return, Fail, NotifyFailed, Expire, Hold, Drop, Flush, Snapshot, Crash }

    [Fact]
    public void Any_history_keeps_the_ledger_and_survives_a_crash_at_any_point() =>
        Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 9], Gen.Int[0, 3]).Array[0, 60].Sample(history =>
        {
            var world = new World();
            foreach (var (step, which, recipient) in history) world.Do(step, which, recipient);
            world.Do(Step.Crash, 0, 0);
        }, iter: 3000);

    [Fact]
    public void A_message_that_came_and_went_between_two_flushes_leaves_no_row_but_counts()
    {
        var state = new QueueState();
        var message = state.Enqueue(Envelope(1, 1), null, default, 1)!;
        QueueState.Start(message, 0);
        state.Settle(message, 0, RecipientStatus.Delivered, Ok);

        var batch = state.TakeBatch()!;

        Assert.Empty(batch.Enqueued);
        Assert.Empty(batch.Changed);
        Assert.Empty(batch.Removed);
        Assert.Equal(new Ledger(1, 1, 0, 0, 0), batch.Ledger);
        Assert.Null(state.TakeBatch());
    }

    [Fact]
    public void The_same_outcome_twice_changes_nothing()
    {
        var state = new QueueState();
        var message = state.Enqueue(Envelope(1, 2), null, default, 1)!;
        QueueState.Start(message, 0);
        Assert.True(state.Settle(message, 0, RecipientStatus.Delivered, Ok));
        Assert.False(state.Settle(message, 0, RecipientStatus.Failed, No));
        Assert.False(state.Defer(message, 0, Later, Start));
        Assert.False(state.GiveUp(message, 0, No, expired: false));
        Assert.Equal(new Ledger(2, 1, 0, 0, 0), state.Ledger);
    }

    [Fact]
    public void A_message_told_twice_is_queued_once()
    {
        var state = new QueueState();
        Assert.NotNull(state.Enqueue(Envelope(1, 1), null, default, 1));
        Assert.Null(state.Enqueue(Envelope(1, 1), null, default, 1));
        Assert.Equal(1, state.Ledger.Accepted);
    }

    private static Envelope Envelope(ulong id, int recipients) => new()
    {
        Id = new(id),
        ReversePath = "a@src.test",
        ReceivedAt = Start,
        Size = 100,
        Recipients = [.. Enumerable.Range(0, recipients).Select(i => new Recipient($"r{i}@d{i}.test", $"d{i}.test", RcptParameters.None))],
    };

    /// <summary>A partition with its journal and its log, and an oracle that only counts.</summary>
    private sealed class World
    {
        private readonly List<(long Lsn, Envelope? Stored, SpoolProtocol.Settled? Settled)> _log = [];
        private readonly List<QueueBatch> _journal = [];
        private readonly Dictionary<(ulong, int), RecipientStatus> _settled = [];
        private readonly Dictionary<ulong, int> _accepted = [];
        private QueueSnapshot? _snapshot;
        private QueueState _state = new();
        private long _lsn;

        public void Do(Step step, int which, int recipient)
        {
            switch (step)
            {
                case Step.Enqueue:
                    var envelope = Envelope((ulong)_accepted.Count + 1, recipient + 1);
                    _accepted.Add(envelope.Id.Value, recipient + 1);
                    _log.Add((++_lsn, envelope, null));
                    _state.Enqueue(envelope, null, default, _lsn);
                    break;
                case Step.Flush:
                    if (_state.TakeBatch() is { } batch) _journal.Add(batch);
                    break;
                case Step.Snapshot:
                    // as the actor does: in one moment with a batch
                    if (_state.TakeBatch() is not { } last) break;
                    _journal.Add(last);
                    _snapshot = _state.TakeSnapshot();
                    _journal.Clear();
                    break;
                case Step.Crash:
                    Crash();
                    break;
                default:
                    if (Pick(which) is { } message) Act(step, message, recipient % message.Recipients.Length);
                    break;
            }
            Check();
        }

        private QueuedMessage? Pick(int which) => _state.Messages.Count == 0 ? null : _state.Messages.OrderBy(m => m.Id).ElementAt(which % _state.Messages.Count);

        private void Act(Step step, QueuedMessage message, int recipient)
        {
            switch (step)
            {
                case Step.Deliver when QueueState.Start(message, recipient):
                    if (_state.Settle(message, recipient, RecipientStatus.Delivered, Ok)) Settled(message, recipient, RecipientStatus.Delivered, Settlement.Delivered);
                    break;
                case Step.Defer when QueueState.Start(message, recipient):
                    Assert.True(_state.Defer(message, recipient, Later, Start.AddMinutes(5)));
                    break;
                case Step.Return when QueueState.Start(message, recipient):
                    QueueState.Return(message, recipient);
                    break;
                case Step.Fail:
                    QueueState.Start(message, recipient);
                    _state.GiveUp(message, recipient, No, expired: false);
                    break;
                case Step.Expire:
                    QueueState.Start(message, recipient);
                    _state.GiveUp(message, recipient, Later, expired: true);
                    break;
                case Step.NotifyFailed when message.Recipients[recipient].Status == RecipientStatus.Failing:
                    if (_state.Settle(message, recipient, RecipientStatus.Failed)) Settled(message, recipient, RecipientStatus.Failed, Settlement.Failed);
                    break;
                case Step.NotifyFailed when message.Recipients[recipient].Status == RecipientStatus.Expiring:
                    if (_state.Settle(message, recipient, RecipientStatus.Expired)) Settled(message, recipient, RecipientStatus.Expired, Settlement.Expired);
                    break;
                case Step.Hold:
                    _state.Hold(message, !message.Held);
                    break;
                case Step.Drop:
                    if (_state.Settle(message, recipient, RecipientStatus.Dropped)) Settled(message, recipient, RecipientStatus.Dropped, Settlement.Dropped);
                    break;
            }
        }

        private void Settled(QueuedMessage message, int recipient, RecipientStatus status, Settlement settlement)
        {
            _settled.Add((message.Id.Value, recipient), status);
            _log.Add((++_lsn, null, new(_lsn, message.Id, [recipient], settlement)));
        }

        private void Crash()
        {
            var serializer = new QueueSerializer(null!);
            _state = new();
            if (_snapshot is not null) _state.Apply((QueueSnapshot)serializer.FromBinary(serializer.ToBinary(_snapshot), serializer.Manifest(_snapshot)));
            foreach (var batch in _journal) _state.Apply((QueueBatch)serializer.FromBinary(serializer.ToBinary(batch), serializer.Manifest(batch)));
            long from = _state.SpoolLsn;
            foreach (var (lsn, stored, settled) in _log.Where(r => r.Lsn > from))
            {
                if (stored is not null) _state.Enqueue(stored, null, default, lsn);
                if (settled is not null) _state.Replay(settled);
            }
        }

        private void Check()
        {
            long accepted = _accepted.Values.Sum();
            Assert.Equal(accepted, _state.Ledger.Accepted);
            Assert.Equal(accepted - _settled.Count, _state.Ledger.Queued);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Delivered), _state.Ledger.Delivered);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Failed), _state.Ledger.Bounced);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Expired), _state.Ledger.Expired);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Dropped), _state.Ledger.Discarded);
            // every recipient that is not settled is in the queue, and none that is
            foreach (var (id, recipients) in _accepted)
                for (int i = 0; i < recipients; i++)
                {
                    bool open = _state.Find(new(id)) is { } message && !message.Recipients[i].IsSettled;
                    Assert.Equal(!_settled.ContainsKey((id, i)), open);
                }
        }
    }
}

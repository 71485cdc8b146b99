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

    private enum Step { Enqueue, Deliver, Defer, Return, Fail, NotifyFailed, Expire, Hold, Drop, Move, Rest, Flush, WriteAgain, Crash }

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
        state.Start(message, 0);
        state.Settle(message, 0, RecipientStatus.Delivered, Ok);

        var batch = Assert.Single(state.TakeBatches());

        Assert.Empty(batch.Enqueued);
        Assert.Empty(batch.Changed);
        Assert.Empty(batch.Removed);
        Assert.Equal(new Ledger(1, 1, 0, 0, 0), batch.Ledger);
        Assert.Empty(state.TakeBatches());
    }

    [Fact]
    public void The_same_outcome_twice_changes_nothing()
    {
        var state = new QueueState();
        var message = state.Enqueue(Envelope(1, 2), null, default, 1)!;
        state.Start(message, 0);
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
        private readonly List<(long Lsn, Envelope? Stored, SpoolProtocol.Settled? Settled, (MessageId Id, BodyLocation To)? Moved)> _log = [];
        private readonly List<QueueBatch> _journal = [];
        private readonly Dictionary<(ulong, int), RecipientStatus> _settled = [];
        private readonly Dictionary<ulong, int> _accepted = [];
        private readonly Dictionary<ulong, Known> _known = [];
        private MessageTable.Cursor? _round;
        private int _before;
        private long _last;
        private QueueState _state = new();
        private long _lsn;

        public void Do(Step step, int which, int recipient)
        {
            switch (step)
            {
                case Step.Enqueue:
                    var envelope = Envelope((ulong)_accepted.Count + 1, recipient + 1);
                    _accepted.Add(envelope.Id.Value, recipient + 1);
                    _log.Add((++_lsn, envelope, null, null));
                    _state.Enqueue(envelope, null, default, _lsn);
                    break;
                case Step.Flush:
                    _journal.AddRange(_state.TakeBatches());
                    break;
                case Step.WriteAgain:
                    WriteAgain();
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

        /// <summary>As the actor does, but two messages at a time; at the end of a round what was before it goes.</summary>
        private void WriteAgain()
        {
            if (_round is null) (_round, _last, _before) = (new(), _state.Messages.LastArrival, _journal.Count);
            _journal.AddRange(_state.TakeBatches(_state.WriteAgain(_round, _last, 2)));
            if (_round.Arrival < _last) return;
            _journal.RemoveRange(0, _before);
            _round = null;
        }

        private QueuedMessage? Pick(int which) => _state.Count == 0 ? null
            : _state.Find(_state.Messages.Walk(new(), long.MaxValue, which % _state.Count + 1, []).Last().Id);

        private void Act(Step step, QueuedMessage message, int recipient)
        {
            switch (step)
            {
                case Step.Deliver when _state.Start(message, recipient):
                    if (_state.Settle(message, recipient, RecipientStatus.Delivered, Ok)) Settled(message, recipient, RecipientStatus.Delivered, Settlement.Delivered);
                    break;
                case Step.Defer when _state.Start(message, recipient):
                    Assert.True(_state.Defer(message, recipient, Later, Start.AddMinutes(5)));
                    break;
                case Step.Return when _state.Start(message, recipient):
                    _state.Return(message, recipient);
                    break;
                case Step.Fail:
                    _state.Start(message, recipient);
                    _state.GiveUp(message, recipient, No, expired: false);
                    break;
                case Step.Expire:
                    _state.Start(message, recipient);
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
                case Step.Move:
                    var location = new BodyLocation(++_lsn, 5, 100);
                    _log.Add((_lsn, null, null, (message.Id, location)));
                    _state.Move(message.Id, location, _lsn);
                    break;
                case Step.Rest:
                    _state.Rest(message);
                    break;
                case Step.Drop:
                    if (_state.Settle(message, recipient, RecipientStatus.Dropped)) Settled(message, recipient, RecipientStatus.Dropped, Settlement.Dropped);
                    break;
            }
        }

        private void Settled(QueuedMessage message, int recipient, RecipientStatus status, Settlement settlement)
        {
            _settled.Add((message.Id.Value, recipient), status);
            _log.Add((++_lsn, null, new(_lsn, message.Id, [recipient], settlement), null));
        }

        private void Crash()
        {
            // what the journal does not know is as it was when it was last told
            Flushed();
            var serializer = new QueueSerializer(null!);
            _state = new();
            _round = null;
            foreach (var batch in _journal) _state.Apply((QueueBatch)serializer.FromBinary(serializer.ToBinary(batch), serializer.Manifest(batch)));
            _state.Recovered();
            long from = _state.SpoolLsn;
            foreach (var (lsn, stored, settled, moved) in _log.Where(r => r.Lsn > from))
            {
                if (stored is not null) _state.Enqueue(stored, null, default, lsn);
                if (settled is not null) _state.Replay(settled);
                if (moved is var (id, to)) _state.Move(id, to, lsn);
            }
            foreach (var (id, known) in _known)
                if (_state.Find(new(id)) is { } message) Assert.Equal(known, Known.Of(message));
        }

        /// <summary>Half of the crashes come right after a flush: then all is known, also how often a recipient was tried and what came of it.</summary>
        private void Flushed()
        {
            _known.Clear();
            if (_lsn % 2 == 0) return;
            _journal.AddRange(_state.TakeBatches());
            foreach (var message in Messages()) _known.Add(message.Id.Value, Known.Of(message));
        }

        private IEnumerable<QueuedMessage> Messages() => _state.Messages.Walk(new(), long.MaxValue, int.MaxValue, []);

        private void Check()
        {
            long accepted = _accepted.Values.Sum();
            Assert.Equal(accepted, _state.Ledger.Accepted);
            Assert.Equal(accepted - _settled.Count, _state.Ledger.Queued);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Delivered), _state.Ledger.Delivered);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Failed), _state.Ledger.Bounced);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Expired), _state.Ledger.Expired);
            Assert.Equal(_settled.Values.Count(s => s == RecipientStatus.Dropped), _state.Ledger.Discarded);
            var all = Messages().ToArray();
            Assert.Equal(_state.Count, all.Length);
            Assert.Equal(_state.Held, all.Count(m => m.Held));
            Assert.Equal(_state.InFlight, all.Sum(m => m.Recipients.Count(r => r.Status == RecipientStatus.InFlight)));
            Assert.Equal(_state.Deferred, all.Sum(m => m.Recipients.Count(r => r is { IsSettled: false, Status: not RecipientStatus.InFlight, Attempts: > 0 })));
            // every recipient that is not settled is in the queue, and none that is
            foreach (var (id, recipients) in _accepted)
                for (int i = 0; i < recipients; i++)
                {
                    bool open = _state.Messages.Peek(new(id)) is { } message && !message.Recipients[i].IsSettled;
                    Assert.Equal(!_settled.ContainsKey((id, i)), open);
                }
        }

        /// <summary>What the journal keeps of a message.</summary>
        private sealed record Known(string Envelope, bool Held, BodyLocation Location, string Recipients)
        {
            public static Known Of(QueuedMessage message) => new(
                Convert.ToHexString(message.EncodedEnvelope.Span), message.Held, message.Location,
                string.Join(' ', message.Recipients.Select(r => $"{(r.IsSettled ? r.Status : RecipientStatus.Scheduled)},{r.Attempts},{r.Due:o},{r.Last}")));
        }
    }
}

using Akka.Actor;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>What an operator asks of many messages at once, in steps.</summary>
public sealed partial class QueueActor
{
    private void OnChange(QueueProtocol.Change change)
    {
        bool isRetryOfAll = change is { Action: QueueAction.Retry, Filter.IsAny: true };
        // then what it comes to is known, and need not wait until the last message is under way
        if (isRetryOfAll) Sender.Tell(new QueueProtocol.Changed(_state.Count, (int)_state.Ledger.Queued));
        var walk = new QueueWalk.Change(change, isRetryOfAll ? ActorRefs.Nobody : Sender, _state.Messages.LastArrival);
        if (change.Filter.Id is not { } id)
        {
            GoOn(walk);
            return;
        }
        if (_state.Messages.Peek(id) is { } message && QueueReport.Matches(message, change.Filter)) Change(id, walk, Now);
        Answer(walk);
    }

    /// <summary>One step of a walk. One that changes much waits for the journal, and for notifications.</summary>
    private void GoOn(QueueWalk walk)
    {
        if (walk is QueueWalk.Change { Action: not QueueAction.Retry } && (_state.Unwritten > MaxUnwritten || _notifier.Storing > MaxUnwritten))
        {
            _parked.Add(walk);
            Flush();
            return;
        }
        switch (walk)
        {
            case QueueWalk.List list:
                foreach (var message in list.Next(_state)) list.Add(message);
                if (list.IsAtEnd) list.Asker.Tell(list.Answer);
                break;
            case QueueWalk.Survey survey:
                survey.GoOn(_state);
                if (survey.IsAtEnd) Answer(survey);
                break;
            case QueueWalk.Resume resume:
                foreach (var message in resume.Next(_state)) Await(message);
                break;
            case QueueWalk.Change change:
                var now = Now;
                foreach (var id in change.Next(_state).Select(m => m.Id).ToArray()) Change(id, change, now);
                if (change.IsAtEnd) Answer(change);
                break;
        }
        if (!walk.IsAtEnd) Self.Tell(walk);
    }

    private void Change(MessageId id, QueueWalk.Change change, DateTimeOffset now)
    {
        var message = _state.Find(id)!;
        int[] matching = [.. QueueReport.Matching(message, change.Filter)];
        change.Add(matching.Length);
        switch (change.Action)
        {
            case QueueAction.Retry:
                QueueState.Reschedule(message, matching, now);
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
        else
        {
            Await(message);
            _state.Rest(message);
        }
    }

    private void Answer(QueueWalk.Change change)
    {
        QueueLog.Changed(_context.Logger, _partition, change.Action, change.Filter, change.Answer.Messages, change.Answer.Recipients);
        change.Asker.Tell(change.Answer);
    }

    private void Unpark()
    {
        foreach (var walk in _parked) Self.Tell(walk);
        _parked.Clear();
    }
}

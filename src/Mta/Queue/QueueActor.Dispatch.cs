using System.Collections.Immutable;
using Akka.Actor;
using Mta.Domains;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>What is due goes out, as far as its domain has credit.</summary>
public sealed partial class QueueActor
{
    /// <summary>Messages taken up in one step, so that nothing else waits long while many are due together.</summary>
    private const int MaxDispatch = 500;

    /// <summary>What each domain may have out in any case: slow ones must not use up what there is for all.</summary>
    private const int FairShare = 20;

    /// <summary>The usual job, of the only recipient.</summary>
    private static readonly ImmutableArray<int> First = [0];

    /// <summary>Recipients handed out, in all lanes.</summary>
    private int _outstanding;

    private int LaneLimit => _outstanding < Settings.ReadyTotal ? Settings.ReadyLimit : Math.Min(FairShare, Settings.ReadyLimit);

    private void DispatchDue()
    {
        var now = Now;
        // what is held or was tried since leaves its old times behind
        if (_due.Count > 2 * _state.Count + MaxDispatch) _due.Refill(_state.Messages.Due());
        for (int i = 0; _due.TryTake(now, out var id); i++)
        {
            if (_state.Messages.NextDue(id) is { } next && next.Due <= now) Dispatch(_state.Find(id)!, now);
            if (i < MaxDispatch) continue;
            Self.Tell(DueTick.Instance);
            return;
        }
        ArmDueTimer();
    }

    private void ArmDueTimer()
    {
        if (_due.Earliest is not { } earliest) return;
        var wait = earliest - Now;
        // a clock that jumps is noticed within a minute
        _dueTimer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < TimeSpan.FromMinutes(1) ? wait : TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
    }

    private void Dispatch(QueuedMessage message, DateTimeOffset now)
    {
        if (!message.Held && !_stopping)
        {
            if (message.Recipients.Length == 1)
            {
                if (message.Recipients[0].Due <= now && !IsSuspended(message.Envelope.Recipients[0].Domain) && _state.Start(message, 0)) HandOut(message, message.Envelope.Recipients[0].Domain, First);
            }
            else
            {
                var due = Enumerable.Range(0, message.Recipients.Length)
                    .Where(i => message.Recipients[i].Due <= now && !IsSuspended(message.Envelope.Recipients[i].Domain) && _state.Start(message, i))
                    .GroupBy(i => message.Envelope.Recipients[i].Domain, StringComparer.Ordinal);
                foreach (var group in due.ToArray()) HandOut(message, group.Key, [.. group]);
            }
            // what is due all the same has a suspended domain, and comes back when that is resumed
            if (message.DueAfter(now) is { } next) Await(message, next);
        }
        _state.Rest(message);
    }

    private bool IsSuspended(string domain) => _context.Suspensions?.Contains(domain) == true;

    /// <summary>Looks at the message again when its next recipient is due.</summary>
    private void Await(QueuedMessage message)
    {
        if (!message.Held && message.NextDue is { } next) Await(message, next);
    }

    private void Await(QueuedMessage message, DateTimeOffset due)
    {
        if (_due.Add(message.Id, due, message.Priority)) ArmDueTimer();
    }

    private void HandOut(QueuedMessage message, string domain, ImmutableArray<int> recipients)
    {
        if (!_lanes.TryGetValue(domain, out var lane)) _lanes.Add(domain, lane = new());
        if (lane.TryTake(recipients.Length, LaneLimit)) Send(message, domain, recipients);
        else lane.Wait(message, recipients);
    }

    private void Send(QueuedMessage message, string domain, ImmutableArray<int> recipients)
    {
        int attempt = 1;
        foreach (int i in recipients) attempt = Math.Max(attempt, message.Recipients[i].Attempts + 1);
        message.HandedOut += recipients.Length;
        _outstanding += recipients.Length;
        _context.Domains.Tell(new DomainProtocol.Deliver(
            new(message.Envelope, message.Body(_context.Spool, _partition), domain, recipients, attempt, Self)));
    }

    private void Answered(string domain, int recipients)
    {
        _outstanding -= recipients;
        if (!_lanes.TryGetValue(domain, out var lane)) return;
        lane.Answered(recipients);
        Advance(domain, lane);
    }

    private void Advance(string domain, DispatchLane lane)
    {
        for (int i = 0; lane.TryNext(LaneLimit, out var id, out var waiting); i++)
        {
            SendNext(lane, domain, id, waiting);
            if (i < MaxDispatch) continue;
            // a lane whose domain was suspended empties without anybody's answers
            Self.Tell(new LaneTick(domain));
            return;
        }
        if (lane.IsEmpty) _lanes.Remove(domain);
    }

    private void SendNext(DispatchLane lane, string domain, MessageId id, ImmutableArray<int> waiting)
    {
        // dropped, bounced, held, or its domain suspended, while it waited
        var message = _state.Find(id);
        var ready = message is null or { Held: true } || _stopping || IsSuspended(domain) ? [] : waiting.RemoveAll(i => message.Recipients[i].Status != RecipientStatus.InFlight);
        lane.Answered(waiting.Length - ready.Length);
        if (message is null) return;
        if (ready.IsEmpty)
        {
            foreach (int i in waiting) _state.Return(message, i);
            _state.Rest(message);
        }
        else Send(message, domain, ready);
    }

    private sealed record LaneTick(string Domain) : Akka.Event.IDeadLetterSuppression;
}

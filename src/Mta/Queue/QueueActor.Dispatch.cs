using System.Collections.Immutable;
using Akka.Actor;
using Mta.Domains;

namespace Mta.Queue;

/// <summary>What is due goes out, as far as its domain has credit.</summary>
public sealed partial class QueueActor
{
    private void DispatchDue()
    {
        var now = Now;
        while (_due.TryTake(now, out var message))
            if (_state.Find(message.Id) == message) Dispatch(message, now);
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
        if (message.Held || _stopping) return;
        if (message.Recipients.Length == 1)
        {
            if (message.Recipients[0].Due <= now && QueueState.Start(message, 0)) HandOut(message, message.Envelope.Recipients[0].Domain, [0]);
        }
        else
        {
            var due = Enumerable.Range(0, message.Recipients.Length)
                .Where(i => message.Recipients[i].Due <= now && QueueState.Start(message, i))
                .GroupBy(i => message.Envelope.Recipients[i].Domain, StringComparer.Ordinal);
            foreach (var group in due.ToArray()) HandOut(message, group.Key, [.. group]);
        }
        if (message.NextDue is { } next && _due.Add(message, next)) ArmDueTimer();
    }

    private void HandOut(QueuedMessage message, string domain, ImmutableArray<int> recipients)
    {
        if (!_lanes.TryGetValue(domain, out var lane)) _lanes.Add(domain, lane = new());
        if (lane.TryTake(recipients.Length, Settings.ReadyLimit)) Send(message, domain, recipients);
        else lane.Wait(message, recipients);
    }

    private void Send(QueuedMessage message, string domain, ImmutableArray<int> recipients)
    {
        int attempt = 1;
        foreach (int i in recipients) attempt = Math.Max(attempt, message.Recipients[i].Attempts + 1);
        _context.Domains.Tell(new DomainProtocol.Deliver(new(message.Envelope, message.Body!, domain, recipients, attempt, Self)));
    }

    private void Answered(string domain, int recipients)
    {
        if (!_lanes.TryGetValue(domain, out var lane)) return;
        lane.Answered(recipients);
        while (lane.TryNext(Settings.ReadyLimit, out var message, out var waiting))
        {
            // held, dropped or bounced while it waited
            if (message.Held || _stopping || _state.Find(message.Id) != message)
            {
                foreach (int i in waiting) QueueState.Return(message, i);
                lane.Answered(waiting.Length);
            }
            else Send(message, domain, waiting);
        }
        if (lane.IsEmpty) _lanes.Remove(domain);
    }
}

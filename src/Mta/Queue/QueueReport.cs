using System.Collections.Immutable;

namespace Mta.Queue;

/// <summary>What a partition tells an operator of its state.</summary>
internal static class QueueReport
{
    public static IEnumerable<QueuedMessage> Matching(QueueState state, QueueFilter filter)
    {
        var messages = filter.Id is { } id ? state.Find(id) is { } one ? [one] : [] : state.Messages;
        return messages.Where(m => filter.Matches(m.Envelope) && Matching(m, filter).Any());
    }

    /// <summary>The open recipients that match.</summary>
    public static IEnumerable<int> Matching(QueuedMessage message, QueueFilter filter)
    {
        for (int i = 0; i < message.Recipients.Length; i++)
            if (!message.Recipients[i].IsSettled && filter.Matches(message.Envelope.Recipients[i])) yield return i;
    }

    public static QueueProtocol.Listing List(QueueState state, QueueProtocol.List list)
    {
        // the oldest of what may be a million, without sorting them all
        var oldest = new PriorityQueue<QueuedMessage, ulong>(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));
        int total = 0;
        foreach (var message in Matching(state, list.Filter))
        {
            total++;
            if (oldest.Count < list.Limit) oldest.Enqueue(message, message.Id.Value);
            else if (list.Limit > 0) oldest.EnqueueDequeue(message, message.Id.Value);
        }
        return new([.. oldest.UnorderedItems.OrderBy(m => m.Priority).Select(m => Entry(m.Element))], total);
    }

    public static QueueProtocol.PartitionStatus Status(QueueState state)
    {
        int held = 0;
        long recipients = 0, inFlight = 0, deferred = 0;
        DateTimeOffset? oldest = null;
        foreach (var message in state.Messages)
        {
            if (message.Held) held++;
            if (oldest is null || message.Envelope.ReceivedAt < oldest) oldest = message.Envelope.ReceivedAt;
            foreach (ref readonly var r in message.Recipients.AsSpan())
            {
                if (r.IsSettled) continue;
                recipients++;
                if (r.Status == RecipientStatus.InFlight) inFlight++;
                else if (r.Attempts > 0) deferred++;
            }
        }
        return new(state.Ledger, state.Messages.Count, recipients, held, inFlight, deferred, oldest);
    }

    private static QueueEntry Entry(QueuedMessage message) => new(
        message.Id, message.Envelope.ReversePath, message.Envelope.ReceivedAt, message.Envelope.Size, message.Held,
        message.Envelope.Parameters.Priority, message.Envelope.ClientAddress,
        [.. message.Recipients.Select((r, i) => new QueueEntryRecipient(
            message.Envelope.Recipients[i].Address, message.Envelope.Recipients[i].Domain, r.Status, r.Attempts,
            r.Status == RecipientStatus.Scheduled ? r.Due : null, r.Last?.Reply.ToString(), r.Last?.Host))]);
}

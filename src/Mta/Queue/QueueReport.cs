namespace Mta.Queue;

/// <summary>What a partition tells an operator of its state.</summary>
internal static class QueueReport
{
    /// <summary>It has open recipients that match.</summary>
    public static bool Matches(QueuedMessage message, QueueFilter filter) => filter.IsAny || Matching(message, filter).Count > 0;

    /// <summary>The open recipients that match.</summary>
    public static IReadOnlyList<int> Matching(QueuedMessage message, QueueFilter filter)
    {
        if (filter.Id is not null && filter.Id != message.Id) return [];
        var recipients = new List<int>();
        EnvelopeFields.Matching(message.EncodedEnvelope.Span, filter, recipients);
        recipients.RemoveAll(i => message.Recipients[i].IsSettled);
        return recipients;
    }

    /// <summary>The answer where it takes no more than a look: about one message, or the oldest of all. Otherwise null.</summary>
    public static QueueProtocol.Listing? TryList(QueueState state, QueueProtocol.List list)
    {
        if (list.Filter.Id is { } id)
            return state.Messages.Peek(id) is { } message && Matches(message, list.Filter) ? new([.. new[] { Entry(message) }.Take(list.Limit)], 1) : new([], 0);
        return list.Filter.IsAny
            ? new([.. state.Messages.Walk(new(), long.MaxValue, list.Limit, []).Select(Entry)], state.Count)
            : null;
    }

    public static QueueProtocol.PartitionStatus Status(QueueState state) => new(
        state.Ledger, state.Count, state.Ledger.Queued, state.Held, state.InFlight, state.Deferred,
        state.Messages.Walk(new(), long.MaxValue, 1, []).FirstOrDefault()?.Envelope.ReceivedAt);

    public static QueueEntry Entry(QueuedMessage message) => new(
        message.Id, message.Envelope.ReversePath, message.Envelope.ReceivedAt, message.Envelope.Size, message.Held,
        message.Priority, message.Envelope.ClientAddress,
        [.. message.Recipients.Select((r, i) => new QueueEntryRecipient(
            message.Envelope.Recipients[i].Address, message.Envelope.Recipients[i].Domain, r.Status, r.Attempts,
            r.Status == RecipientStatus.Scheduled ? r.Due : null, r.Last?.Reply.ToString(), r.Last?.Host))]);
}

using System.Collections.Immutable;
using Mta.Mail;

namespace Mta.Queue;

/// <summary>
/// What a partition has handed out for one domain, and what waits to be. Outcomes are the credit: each makes room for the next, so a
/// domain's actor never holds more than the limit and needs no asking.
/// </summary>
internal sealed class DispatchLane
{
    private readonly PriorityQueue<(MessageId Id, ImmutableArray<int> Recipients), (sbyte Priority, ulong Id)> _waiting = new();

    /// <summary>Recipients handed out and not answered for.</summary>
    public int Outstanding { get; private set; }
    public bool IsEmpty => Outstanding == 0 && _waiting.Count == 0;

    public bool TryTake(int recipients, int limit)
    {
        if (Outstanding >= limit || _waiting.Count > 0) return false;
        Outstanding += recipients;
        return true;
    }

    // RFC 6710 §5: a higher priority goes first; among equals the older
    public void Wait(QueuedMessage message, ImmutableArray<int> recipients) =>
        _waiting.Enqueue((message.Id, recipients), ((sbyte)-message.Priority, message.Id.Value));

    public bool TryNext(int limit, out MessageId id, out ImmutableArray<int> recipients)
    {
        (id, recipients) = (default, default);
        if (Outstanding >= limit || !_waiting.TryDequeue(out var next, out _)) return false;
        (id, recipients) = next;
        Outstanding += recipients.Length;
        return true;
    }

    public void Answered(int recipients) => Outstanding = Math.Max(0, Outstanding - recipients);
}

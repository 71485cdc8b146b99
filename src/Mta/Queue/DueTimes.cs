using Mta.Mail;

namespace Mta.Queue;

/// <summary>
/// The messages that wait, by the earliest due time of their recipients. A message may stand in it more than once, and after it has left; what is
/// taken is looked at again by its own due time.
/// </summary>
internal sealed class DueTimes
{
    private readonly PriorityQueue<MessageId, long> _messages = new();

    public int Count => _messages.Count;

    public DateTimeOffset? Earliest => _messages.TryPeek(out _, out long first) ? DateTimeOffset.FromUnixTimeMilliseconds(first >> 5) : null;

    /// <summary>True when it is now the earliest.</summary>
    public bool Add(MessageId id, DateTimeOffset due, sbyte priority)
    {
        bool earliest = !(Earliest <= due);
        _messages.Enqueue(id, Key(due, priority));
        return earliest;
    }

    public bool TryTake(DateTimeOffset now, out MessageId id)
    {
        id = default;
        return Earliest <= now && _messages.TryDequeue(out id, out _);
    }

    /// <summary>Puts these in the place of all.</summary>
    public void Refill(IEnumerable<(MessageId Id, DateTimeOffset Due, sbyte Priority)> messages)
    {
        _messages.Clear();
        _messages.EnqueueRange(messages.Select(m => (m.Id, Key(m.Due, m.Priority))));
    }

    // RFC 6710 §5: of those that are due together, a higher priority goes first. It is from -9 to 9, and takes the five bits below the milliseconds.
    // The next whole one: a message that is taken before its time is not due when it is looked at, and would not be looked at again.
    private static long Key(DateTimeOffset due, sbyte priority) =>
        due.AddTicks(TimeSpan.TicksPerMillisecond - 1).ToUnixTimeMilliseconds() << 5 | (long)(15 - priority);
}

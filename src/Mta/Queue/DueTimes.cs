using System.Diagnostics.CodeAnalysis;

namespace Mta.Queue;

/// <summary>
/// The messages that wait, by the earliest due time of their recipients. A message may stand in it more than once; what is taken is
/// looked at again by its own due time.
/// </summary>
internal sealed class DueTimes
{
    private readonly PriorityQueue<QueuedMessage, (DateTimeOffset Due, int Priority)> _messages = new();

    public DateTimeOffset? Earliest => _messages.TryPeek(out _, out var first) ? first.Due : null;

    /// <summary>True when it is now the earliest.</summary>
    public bool Add(QueuedMessage message, DateTimeOffset due)
    {
        bool earliest = !(Earliest <= due);
        _messages.Enqueue(message, (due, -message.Envelope.Parameters.Priority));
        return earliest;
    }

    public bool TryTake(DateTimeOffset now, [NotNullWhen(true)] out QueuedMessage? message)
    {
        message = null;
        return _messages.TryPeek(out _, out var first) && first.Due <= now && _messages.TryDequeue(out message, out _);
    }

    public void Clear() => _messages.Clear();
}

namespace Mta.Imap.Searching;

/// <summary>What threading needs of a message.</summary>
/// <param name="Sent">Ticks of the Date field, or of the arrival (RFC 5256 §2.2).</param>
/// <param name="Subject">The base subject, in capitals.</param>
internal sealed record ThreadedMessage(uint Uid, long Sent, string Subject, bool IsReply, string? MessageId, IReadOnlyList<string> References)
{
    public static ThreadedMessage Of(Candidate candidate)
    {
        var index = candidate.Content!.Index;
        return new(candidate.Message.Uid, (index.SentDate ?? candidate.Message.ReceivedAt).UtcTicks, MessageSorter.Fold(index.BaseSubject), index.IsReplyOrForward, index.MessageId, index.References);
    }
}

/// <summary>A message in its thread; without one, a message that others refer to and that is not there.</summary>
internal sealed class ThreadNode(ThreadedMessage? message)
{
    public ThreadedMessage? Message { get; set; } = message;
    public ThreadNode? Parent { get; private set; }
    public List<ThreadNode> Children { get; } = [];

    /// <summary>When it was sent, or its first child.</summary>
    public long Sent => Message?.Sent ?? (Children.Count > 0 ? Children[0].Sent : 0);

    /// <summary>The first message in it.</summary>
    public ThreadedMessage? First
    {
        get
        {
            var node = this;
            while (node.Message is null && node.Children.Count > 0) node = node.Children[0];
            return node.Message;
        }
    }

    public void Add(ThreadNode child)
    {
        child.Leave();
        child.Parent = this;
        Children.Add(child);
    }

    public void Leave()
    {
        Parent?.Children.Remove(this);
        Parent = null;
    }

    /// <summary>It is this one, or above it.</summary>
    public bool IsBelow(ThreadNode other)
    {
        // most have nothing below them yet: a long thread is not climbed for each of its messages
        if (other.Children.Count == 0) return this == other;
        for (var node = this; node is not null; node = node.Parent)
            if (node == other) return true;
        return false;
    }

    /// <summary>Oldest first; of the same time in order of UIDs.</summary>
    public static int Compare(ThreadNode one, ThreadNode other)
    {
        int difference = one.Sent.CompareTo(other.Sent);
        return difference != 0 ? difference : (one.First?.Uid ?? 0).CompareTo(other.First?.Uid ?? 0);
    }
}

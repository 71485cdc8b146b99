namespace Mta.Mailbox.Store;

/// <summary>The messages of a mailbox whose UIDs are within one range, as they were at a mod-sequence of the mailbox, and still at a later one. Never changes but for that.</summary>
internal sealed class MessagePage(MessageInfo[] messages, long modSeq)
{
    /// <summary>UIDs of a page.</summary>
    public const int Size = 512;

    private long _known; // mod-sequences after the first that changed nothing here

    /// <summary>The page that a UID is in.</summary>
    public static uint NumberOf(uint uid) => uid / Size;

    /// <summary>The UIDs of a page.</summary>
    public static UidRun RunOf(uint number) => new(number * Size, number * Size + (Size - 1));

    /// <summary>The mod-sequence of the mailbox when it was read. Before, it may have been another one.</summary>
    public long First => modSeq;

    /// <summary>The latest mod-sequence of the mailbox at which this is known to be so.</summary>
    public long Last => modSeq + Volatile.Read(ref _known);

    /// <summary>The messages with these UIDs.</summary>
    public ReadOnlyMemory<MessageInfo> Within(UidRun run)
    {
        int from = Before(run.First);
        return messages.AsMemory(from..Before(run.Last + 1L));
    }

    /// <summary>The page at a later mod-sequence, of which it is known what has changed since <see cref="Last"/>.</summary>
    /// <param name="changed">Messages that are new or have other flags, in order of their UIDs.</param>
    /// <param name="gone">UIDs of those that were expunged.</param>
    public MessagePage At(long later, MessageInfo[] changed, List<UidRun> gone)
    {
        if (changed.Length == 0 && gone.Count == 0)
        {
            // two at once may set it back a little: then the next one looks again
            Volatile.Write(ref _known, later - modSeq);
            return this;
        }
        var now = new List<MessageInfo>(messages.Length + changed.Length);
        int next = 0;
        foreach (var message in messages)
        {
            while (next < changed.Length && changed[next].Uid < message.Uid) now.Add(changed[next++]);
            if (next < changed.Length && changed[next].Uid == message.Uid) now.Add(changed[next++]);
            else if (!gone.Exists(run => run.Contains(message.Uid))) now.Add(message);
        }
        now.AddRange(changed.AsSpan(next));
        return new([.. now], later);
    }

    /// <summary>How many have smaller UIDs.</summary>
    private int Before(long uid)
    {
        int low = 0, high = messages.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (messages[middle].Uid < uid) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

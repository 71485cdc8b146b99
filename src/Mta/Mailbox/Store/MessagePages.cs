using BitFaster.Caching.Lru;

namespace Mta.Mailbox.Store;

/// <summary>
/// What clients ask for again and again, of the messages that were asked for last: flags, sizes and dates, kept in memory as they are in the database. Nobody has to
/// say when something changes: a page is held against the mod-sequence of the mailbox whenever it is used, and what has changed since is read.
/// Bounded, however large the mailboxes are. Safe from any thread.
/// </summary>
internal sealed class MessagePages
{
    /// <summary>Of all mailboxes together: 23 MiB at most.</summary>
    private const int MostPages = 512;

    /// <summary>For fewer messages no page is read.</summary>
    private const int FewMessages = 32;

    private readonly ConcurrentLru<(long MailboxId, uint Number), MessagePage> _pages = new(MostPages);

    /// <summary>More messages than this are read one time only: they would push out all others, and one another.</summary>
    public const long MostKept = MostPages * MessagePage.Size / 2;

    /// <summary>The messages with these UIDs, in order; those that are gone are missing.</summary>
    /// <param name="modSeq">That of the mailbox, as the connection sees it.</param>
    /// <param name="run">Within one page.</param>
    /// <param name="keep">Whether a page that is not there is read and kept.</param>
    public ReadOnlyMemory<MessageInfo> Read(MailboxConnection sql, long mailboxId, long modSeq, UidRun run, bool keep)
    {
        var key = (mailboxId, MessagePage.NumberOf(run.First));
        // one who reads what was before the page needs his own
        if (_pages.TryGet(key, out var page) && page.First <= modSeq)
        {
            if (page.Last >= modSeq) return page.Within(run);
            var uids = MessagePage.RunOf(key.Item2);
            var now = page.At(modSeq, MessageTable.ReadChanged(sql, mailboxId, uids, page.Last), ExpungedTable.Read(sql, mailboxId, uids, page.Last));
            if (now != page) _pages.AddOrUpdate(key, now);
            return now.Within(run);
        }
        if (!keep || page is not null || run.Count < FewMessages) return MessageTable.Read(sql, mailboxId, run);
        page = new(MessageTable.Read(sql, mailboxId, MessagePage.RunOf(key.Item2)), modSeq);
        _pages.AddOrUpdate(key, page);
        return page.Within(run);
    }
}

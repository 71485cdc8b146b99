using System.Collections.Immutable;
using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>What EXPUNGE took out.</summary>
/// <param name="ModSeq">Of the mailbox, if anything went.</param>
public sealed record ExpungedMessages(ImmutableArray<UidRun> Uids, long ModSeq);

/// <summary>Takes messages out of a mailbox.</summary>
internal static class ExpungeMessages
{
    /// <summary>What went.</summary>
    /// <param name="wanted">Those that are gone already are passed over.</param>
    /// <param name="deletedOnly">Only those with \Deleted (EXPUNGE); otherwise all (MOVE, QUIT of POP3).</param>
    public static ImmutableArray<UidRun> Run(AccountTransaction transaction, long mailboxId, IReadOnlyList<UidRun> wanted, bool deletedOnly)
    {
        var mailbox = transaction.Mailbox(mailboxId);
        var rows = transaction.Db.GetTable<MessageRow>();
        var gone = new List<(uint Uid, long Email, long Size, MailFlags Flags)>();
        const long Deleted = (long)MailFlags.Deleted;
        foreach (var run in wanted)
        {
            long first = run.First, last = run.Last;
            gone.AddRange(rows.Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last && (!deletedOnly || (m.Flags & Deleted) != 0)).OrderBy(m => m.Uid)
                .Select(m => new { m.Uid, m.EmailId, m.Size, m.Flags }).AsEnumerable().Select(m => ((uint)m.Uid, m.EmailId, m.Size, (MailFlags)m.Flags)));
        }
        if (gone.Count == 0) return [];
        ImmutableArray<UidRun> runs = [.. UidRun.Of(gone.Select(m => m.Uid))];
        foreach (var run in runs)
        {
            long first = run.First, last = run.Last;
            rows.Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last).Delete();
            transaction.Db.Insert(new ExpungedRow { MailboxId = mailboxId, ModSeq = transaction.ModSeq, FirstUid = first, LastUid = last });
        }
        UidRunTable.Remove(transaction.Sql, mailboxId, runs);
        foreach (var message in gone) EmailTable.Release(transaction.Sql, message.Email);
        long octets = gone.Sum(m => m.Size);
        transaction.Update(mailbox with
        {
            Messages = mailbox.Messages - gone.Count,
            Unseen = mailbox.Unseen - gone.Count(m => (m.Flags & MailFlags.Seen) == 0),
            Deleted = mailbox.Deleted - gone.Count(m => (m.Flags & MailFlags.Deleted) != 0),
            Octets = mailbox.Octets - octets,
        });
        transaction.Count(-gone.Count, -octets);
        transaction.Tell(new MailboxEvent.Expunged(mailboxId, transaction.ModSeq, runs));
        return runs;
    }
}

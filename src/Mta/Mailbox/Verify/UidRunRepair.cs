using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>Makes the runs of UIDs those of the messages.</summary>
internal static class UidRunRepair
{
    /// <summary>Takes out UIDs of which there is no message: who has the mailbox open is told that they are expunged.</summary>
    public static void Remove(AccountTransaction transaction, long mailbox, IReadOnlyList<UidRun> surplus)
    {
        UidRunTable.Remove(transaction.Sql, mailbox, surplus);
        foreach (var run in surplus)
            transaction.Db.Insert(new ExpungedRow { MailboxId = mailbox, ModSeq = transaction.ModSeq, FirstUid = run.First, LastUid = run.Last });
        transaction.Update(transaction.Mailbox(mailbox));
        transaction.Tell(new MailboxEvent.Expunged(mailbox, transaction.ModSeq, [.. surplus]));
    }

    /// <summary>All of them anew, from the messages: no session can have opened a mailbox whose runs cannot be read.</summary>
    public static void Rewrite(AccountTransaction transaction, long mailbox)
    {
        transaction.Db.GetTable<UidRunRow>().Where(r => r.MailboxId == mailbox).Delete();
        foreach (var run in UidRun.Of(transaction.Db.GetTable<MessageRow>().Where(m => m.MailboxId == mailbox).OrderBy(m => m.Uid).Select(m => m.Uid).AsEnumerable().Select(uid => (uint)uid).ToList()))
            transaction.Db.Insert(new UidRunRow { MailboxId = mailbox, FirstUid = run.First, LastUid = run.Last });
        transaction.Update(transaction.Mailbox(mailbox));
    }
}

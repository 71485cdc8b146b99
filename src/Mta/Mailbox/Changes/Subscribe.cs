using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Puts a name on the list of subscriptions, or takes it off (RFC 9051 §6.3.7, §6.3.8).</summary>
internal static class Subscribe
{
    /// <param name="isOthers">It is a name below <see cref="MailboxName.OtherUsers"/>, and was looked up.</param>
    public static void Run(AccountTransaction transaction, string name, bool subscribed, bool isOthers)
    {
        var (db, account) = (transaction.Db, transaction.AccountId);
        var mine = db.GetTable<SubscriptionRow>().Where(s => s.AccountId == account && s.Name == name);
        if (mine.Any() == subscribed) return;
        if (!subscribed) mine.Delete();
        // RFC 9051 §6.3.7: a server may check that it exists, and must not unsubscribe when it is gone later
        else if (isOthers || db.GetTable<MailboxRow>().Any(m => m.AccountId == account && m.Name == name)) db.Insert(new SubscriptionRow { AccountId = account, Name = name });
        else throw AccountTransaction.NoSuchMailbox(name);
        transaction.Tell(new MailboxEvent.Subscribed(name, subscribed));
    }
}

using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Removes all mailboxes of an account that is gone, with all that is in them.</summary>
internal static class RemoveAccount
{
    public static void Run(AccountTransaction transaction)
    {
        var (db, account) = (transaction.Db, transaction.AccountId);
        // children before their parents
        foreach (string name in db.GetTable<MailboxRow>().Where(m => m.AccountId == account).Select(m => m.Name).AsEnumerable().OrderByDescending(n => n, StringComparer.Ordinal).ToList())
            DeleteMailbox.Remove(transaction, transaction.Mailbox(name));
        // what others had granted to it: its sessions, if it has any, are told
        foreach (var entry in db.GetTable<AclRow>().Where(a => a.AccountId == account).ToList())
        {
            var mailbox = db.GetTable<MailboxRow>().First(m => m.Id == entry.MailboxId);
            var before = AclTable.Read(transaction.Sql, mailbox.AccountId, mailbox.Id);
            AclTable.Remove(transaction.Sql, mailbox.Id, account);
            transaction.Tell(new MailboxEvent.AclChanged(mailbox.Id, mailbox.Name, account, before, AclTable.Read(transaction.Sql, mailbox.AccountId, mailbox.Id)));
        }
        db.GetTable<AnnotationRow>().Where(a => a.AccountId == account).Delete();
        db.GetTable<AddressRow>().Where(a => a.AccountId == account).Delete();
        db.GetTable<SubscriptionRow>().Where(s => s.AccountId == account).Delete();
        db.GetTable<ThreadIdRow>().Where(t => t.AccountId == account).Delete();
        db.GetTable<DeliveryRow>().Where(d => d.AccountId == account).Delete();
    }
}

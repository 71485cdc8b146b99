using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Removes a mailbox with all that is in it (RFC 9051 §6.3.5). A subscription to its name stays.</summary>
internal static class DeleteMailbox
{
    public static void Run(AccountTransaction transaction, string name)
    {
        var db = transaction.Db;
        if (name == MailboxName.Inbox) throw new MailboxException(MailboxProblem.Cannot, "INBOX cannot be deleted");
        var mailbox = transaction.Mailbox(name);
        string below = MailboxName.Below(name);
        if (db.GetTable<MailboxRow>().Any(m => m.AccountId == transaction.AccountId && m.Name.StartsWith(below)))
            throw new MailboxException(MailboxProblem.HasChildren, "there are mailboxes below it");
        Remove(transaction, mailbox);
    }

    /// <summary>Whatever it is.</summary>
    internal static void Remove(AccountTransaction transaction, MailboxRow mailbox)
    {
        var db = transaction.Db;
        ExpungeMessages.Run(transaction, mailbox.Id, [new(1, uint.MaxValue)], deletedOnly: false);
        long id = mailbox.Id;
        var acl = AclTable.Read(transaction.Sql, transaction.AccountId, id);
        db.GetTable<KeywordRow>().Where(k => k.MailboxId == id).Delete();
        db.GetTable<UidRunRow>().Where(r => r.MailboxId == id).Delete();
        db.GetTable<AnnotationRow>().Where(a => a.MailboxId == id).Delete();
        db.GetTable<AclRow>().Where(a => a.MailboxId == id).Delete();
        db.GetTable<ExpungedRow>().Where(e => e.MailboxId == id).Delete();
        db.GetTable<MailboxRow>().Where(m => m.Id == id).Delete();
        transaction.Forget(id);
        transaction.Tell(new MailboxEvent.Deleted(id, mailbox.Name, acl));
    }
}

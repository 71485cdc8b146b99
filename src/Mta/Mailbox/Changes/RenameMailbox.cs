using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Gives a mailbox another name, and those below it with it; INBOX stays, and what is in it goes (RFC 9051 §6.3.6).</summary>
internal static class RenameMailbox
{
    public static void Run(AccountTransaction transaction, string from, string to)
    {
        var (db, account) = (transaction.Db, transaction.AccountId);
        if (MailboxName.Wrong(to) is { } wrong) throw new MailboxException(MailboxProblem.Cannot, wrong);
        var mailboxes = db.GetTable<MailboxRow>().Where(m => m.AccountId == account);
        var mailbox = transaction.Mailbox(from);
        if (mailboxes.Any(m => m.Name == to)) throw new MailboxException(MailboxProblem.Exists, $"there is a mailbox {to}");
        if (from == MailboxName.Inbox)
        {
            var kept = CreateMailbox.Run(transaction, to);
            AnnotationTable.Copy(transaction.Sql, mailbox.Id, kept.Id);
            CopyMessages.Run(transaction, mailbox.Id, [new(1, uint.MaxValue)], to, move: true, quota: 0, MailFlags.Any);
            return;
        }
        string below = MailboxName.Below(from);
        if (to.StartsWith(below, StringComparison.Ordinal)) throw new MailboxException(MailboxProblem.Cannot, "a mailbox cannot go below itself");
        var children = mailboxes.Where(m => m.Name.StartsWith(below)).OrderBy(m => m.Name).ToList();
        foreach (var child in children)
        {
            string name = to + child.Name[from.Length..];
            if (MailboxName.Wrong(name) is { } tooLong) throw new MailboxException(MailboxProblem.Cannot, tooLong);
            if (mailboxes.Any(m => m.Name == name)) throw new MailboxException(MailboxProblem.Exists, $"there is a mailbox {name}");
        }
        if (MailboxName.Parent(to) is { } parent && !mailboxes.Any(m => m.Name == parent)) CreateMailbox.Run(transaction, parent);
        foreach (var row in children.Prepend(mailbox))
        {
            string name = to + row.Name[from.Length..];
            transaction.Update(transaction.Mailbox(row.Id) with { Name = name });
            transaction.Tell(new MailboxEvent.Renamed(row.Id, row.Name, name));
        }
    }
}

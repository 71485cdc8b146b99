using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Makes a mailbox, and those above it that do not exist (RFC 9051 §6.3.4).</summary>
internal static class CreateMailbox
{
    /// <summary>Of one account.</summary>
    private const int MaxMailboxes = 10_000;

    /// <param name="specialUse">RFC 6154 §3; null for none.</param>
    public static MailboxRow Run(AccountTransaction transaction, string name, string? specialUse = null)
    {
        var (db, account) = (transaction.Db, transaction.AccountId);
        if (MailboxName.Wrong(name) is { } wrong) throw new MailboxException(MailboxProblem.Cannot, wrong);
        var mailboxes = db.GetTable<MailboxRow>().Where(m => m.AccountId == account);
        if (mailboxes.Any(m => m.Name == name)) throw new MailboxException(MailboxProblem.Exists, $"there is a mailbox {name}");
        if (specialUse is not null && mailboxes.Any(m => m.SpecialUse == specialUse))
            throw new MailboxException(MailboxProblem.SpecialUseTaken, $"another mailbox has the use {specialUse}");
        if (mailboxes.Count() >= MaxMailboxes) throw new MailboxException(MailboxProblem.Limit, $"there are {MaxMailboxes} mailboxes, and there can be no more");
        if (MailboxName.Parent(name) is { } parent && !mailboxes.Any(m => m.Name == parent)) Run(transaction, parent);
        var row = new MailboxRow
        {
            AccountId = account,
            Name = name,
            UidValidity = transaction.NextUidValidity(),
            UidNext = 1,
            ModSeq = transaction.ModSeq,
            SpecialUse = specialUse,
        };
        row = row with { Id = db.InsertWithInt64Identity(row) };
        if (MailboxName.Parent(name) is { } above) AclTable.Inherit(transaction.Sql, mailboxes.First(m => m.Name == above).Id, row.Id);
        transaction.Tell(new MailboxEvent.Created(name));
        return row;
    }
}

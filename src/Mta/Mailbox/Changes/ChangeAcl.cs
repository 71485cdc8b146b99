using Mta.Accounts;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Grants rights to a mailbox, or takes them away (RFC 4314 §3.1, §3.2).</summary>
internal static class ChangeAcl
{
    /// <summary>Of one mailbox.</summary>
    private const int MaxEntries = 1000;

    /// <param name="owner">The account that it belongs to.</param>
    /// <param name="grantee">Null for anyone.</param>
    /// <param name="change">From what was granted before.</param>
    public static void Run(AccountTransaction transaction, Account owner, string name, Account? grantee, Func<MailboxRights, MailboxRights> change)
    {
        var (sql, mailbox, account) = (transaction.Sql, transaction.Mailbox(name), grantee?.Id ?? Acl.Anyone);
        var before = AclTable.Read(transaction.Sql, owner.Id, mailbox.Id);
        var rights = change(before.Granted(account));
        // an owner without an entry has them all
        if (rights == MailboxRights.None && account != owner.Id) AclTable.Remove(sql, mailbox.Id, account);
        else
        {
            if (before.Entries.Length >= MaxEntries && before.Entries.All(e => e.Account != account))
                throw new MailboxException(MailboxProblem.Limit, $"{before.Entries.Length} have rights to the mailbox, and there can be no more");
            AclTable.Set(sql, mailbox.Id, account, rights);
            AclTable.Name(sql, owner.Id, owner.Address);
            if (grantee is not null) AclTable.Name(sql, grantee.Id, grantee.Address);
        }
        transaction.Tell(new MailboxEvent.AclChanged(mailbox.Id, name, account, before, AclTable.Read(transaction.Sql, owner.Id, mailbox.Id)));
    }
}

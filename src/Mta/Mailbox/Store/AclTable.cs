using System.Collections.Immutable;
using LinqToDB;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>Who was granted which rights to the mailboxes.</summary>
internal static class AclTable
{
    /// <param name="owner">The account that the mailbox belongs to.</param>
    public static Acl Read(MailboxConnection sql, long owner, long mailboxId)
    {
        using var rows = sql.Query(
            "SELECT l.account_id, a.address, l.rights FROM acl l LEFT JOIN addresses a ON a.account_id = l.account_id WHERE l.mailbox_id = @0 ORDER BY l.account_id", mailboxId);
        var entries = ImmutableArray.CreateBuilder<AclEntry>();
        while (rows.Read()) entries.Add(new(rows.GetInt64(0), rows.IsDBNull(1) ? "" : rows.GetString(1), (MailboxRights)rows.GetInt64(2)));
        return new(owner, entries.DrainToImmutable());
    }

    /// <summary>What an account was granted of its own mailboxes and of those of others, where that differs from what all have. By mailbox.</summary>
    public static IEnumerable<(MailboxRow Mailbox, string? Owner, Acl Acl)> Granted(DataConnection db, long account)
    {
        var found = from entry in db.GetTable<AclRow>()
                    join mailbox in db.GetTable<MailboxRow>() on entry.MailboxId equals mailbox.Id
                    from address in db.GetTable<AddressRow>().LeftJoin(a => a.AccountId == mailbox.AccountId)
                    where entry.AccountId == account || entry.AccountId == Acl.Anyone
                    select new { Entry = entry, Mailbox = mailbox, address.Address };
        return found.AsEnumerable().GroupBy(f => f.Mailbox.Id).Select(g => (g.First().Mailbox, g.First().Address,
            new Acl(g.First().Mailbox.AccountId, [.. g.Select(f => new AclEntry(f.Entry.AccountId, "", (MailboxRights)f.Entry.Rights))])))!;
    }

    /// <summary>A new mailbox has what the one above it has (RFC 4314 §4).</summary>
    public static void Inherit(MailboxConnection sql, long parentId, long mailboxId) =>
        sql.Execute("INSERT INTO acl (mailbox_id, account_id, rights) SELECT @1, account_id, rights FROM acl WHERE mailbox_id = @0", parentId, mailboxId);

    public static void Set(MailboxConnection sql, long mailboxId, long account, MailboxRights rights) => sql.Execute(
        "INSERT INTO acl (mailbox_id, account_id, rights) VALUES (@0, @1, @2) ON CONFLICT (mailbox_id, account_id) DO UPDATE SET rights = @2", mailboxId, account, (long)rights);

    public static void Remove(MailboxConnection sql, long mailboxId, long account) => sql.Execute("DELETE FROM acl WHERE mailbox_id = @0 AND account_id = @1", mailboxId, account);

    /// <summary>How an account is called.</summary>
    public static void Name(MailboxConnection sql, long account, string address) =>
        sql.Execute("INSERT INTO addresses (account_id, address) VALUES (@0, @1) ON CONFLICT (account_id) DO UPDATE SET address = @1", account, address);
}

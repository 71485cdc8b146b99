using System.Data.Common;

namespace Mta.Mailbox.Store;

/// <summary>The mailboxes, as every command looks them up.</summary>
internal static class MailboxTable
{
    private const string Columns = "SELECT id, name, uid_validity, uid_next, mod_seq, messages, unseen, deleted, octets, special_use FROM mailboxes";

    /// <summary>Null where the account has none of that name.</summary>
    public static MailboxRow? Find(MailboxConnection sql, long account, string name)
    {
        using var row = sql.Query(Columns + " WHERE account_id = @0 AND name = @1", account, name);
        return row.Read() ? Row(row, account) : null;
    }

    /// <inheritdoc cref="Find(MailboxConnection, long, string)"/>
    public static MailboxRow? Find(MailboxConnection sql, long account, long id)
    {
        using var row = sql.Query(Columns + " WHERE account_id = @0 AND id = @1", account, id);
        return row.Read() ? Row(row, account) : null;
    }

    private static MailboxRow Row(DbDataReader row, long account) => new()
    {
        AccountId = account,
        Id = row.GetInt64(0),
        Name = row.GetString(1),
        UidValidity = row.GetInt64(2),
        UidNext = row.GetInt64(3),
        ModSeq = row.GetInt64(4),
        Messages = row.GetInt64(5),
        Unseen = row.GetInt64(6),
        Deleted = row.GetInt64(7),
        Octets = row.GetInt64(8),
        SpecialUse = row.IsDBNull(9) ? null : row.GetString(9),
    };
}

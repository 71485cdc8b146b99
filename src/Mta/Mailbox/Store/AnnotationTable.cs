using LinqToDB;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>What is noted of the mailboxes, and of the server.</summary>
internal static class AnnotationTable
{
    /// <summary>The mailbox that stands for the server.</summary>
    public const long Server = 0;

    private const long Shared = 0;

    /// <summary>What an account may see of them: those that are shared, and its own; by name.</summary>
    public static IReadOnlyList<Annotation> Read(DataConnection db, long mailboxId, long account) =>
    [
        .. db.GetTable<AnnotationRow>().Where(a => a.MailboxId == mailboxId && (a.AccountId == Shared || a.AccountId == account)).OrderBy(a => a.Entry)
            .Select(a => new Annotation(a.Entry, a.Value)),
    ];

    /// <param name="value">Null takes it away.</param>
    public static void Set(MailboxConnection sql, long mailboxId, long account, string entry, byte[]? value)
    {
        long of = Annotation.IsShared(entry) ? Shared : account;
        if (value is null) sql.Execute("DELETE FROM annotations WHERE mailbox_id = @0 AND account_id = @1 AND entry = @2", mailboxId, of, entry);
        else
            sql.Execute("INSERT INTO annotations (mailbox_id, account_id, entry, value) VALUES (@0, @1, @2, @3) ON CONFLICT (mailbox_id, account_id, entry) DO UPDATE SET value = @3",
                mailboxId, of, entry, value);
    }

    /// <summary>How many there are that are shared, or private to an account.</summary>
    public static long Count(MailboxConnection sql, long mailboxId, long account, bool shared) =>
        sql.Scalar("SELECT COUNT(*) FROM annotations WHERE mailbox_id = @0 AND account_id = @1", mailboxId, shared ? Shared : account);

    /// <summary>All of one mailbox are of another as well (RFC 5464 §4.1: when INBOX gets another name).</summary>
    public static void Copy(MailboxConnection sql, long from, long to) =>
        sql.Execute("INSERT INTO annotations (mailbox_id, account_id, entry, value) SELECT @1, account_id, entry, value FROM annotations WHERE mailbox_id = @0", from, to);
}

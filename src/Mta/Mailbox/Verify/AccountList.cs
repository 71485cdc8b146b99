using Mta.Accounts.Admin;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>The accounts of which there is something in the store.</summary>
internal static class AccountList
{
    private const int MaxAccounts = 200;

    /// <summary>Messages of a part: it ends with the account that reaches them.</summary>
    private const long MaxMessages = 20_000;

    private static readonly string[] Tables = ["accounts", "mailboxes", "subscriptions", "thread_ids", "deliveries"];

    // each table has an index that begins with the account: the next one is found without a look at the rows between
    private static readonly string NextId = "SELECT MIN(id) FROM (" + string.Join(" UNION ALL ", Tables.Select(t => t == "accounts" ? "SELECT MIN(id) AS id FROM accounts WHERE id > @0" : $"SELECT MIN(account_id) FROM {t} WHERE account_id > @0")) + ")";

    private static readonly string LastId = "SELECT MAX(id) FROM (" + string.Join(" UNION ALL ", Tables.Select(t => t == "accounts" ? "SELECT MAX(id) AS id FROM accounts" : $"SELECT MAX(account_id) FROM {t}")) + ")";

    /// <summary>Some, ascending.</summary>
    public static List<long> After(MailboxConnection sql, long last, long? only)
    {
        if (only is { } one) return last < one ? [one] : [];
        var ids = new List<long>();
        while (ids.Count < MaxAccounts && sql.Scalar(NextId, last) is > 0 and var id) ids.Add(last = id);
        return ids;
    }

    /// <summary>The first of them, as many as make a part.</summary>
    public static CheckedPart Check(MailboxClient mailboxes, MailboxConnection sql, IReadOnlyList<long> ids, KnownAccounts known)
    {
        var problems = new List<StoreProblem>();
        long? last = null;
        long messages = 0;
        foreach (long id in ids)
        {
            var check = new AccountCheck(mailboxes, sql, id);
            problems.AddRange(known.Addresses.ContainsKey(id) ? check.Run() : check.RunGone(wasRemoved: id <= known.LastId));
            last = id;
            if ((messages += check.Messages) >= MaxMessages) break;
        }
        return new(problems, last, sql.Scalar(LastId));
    }
}

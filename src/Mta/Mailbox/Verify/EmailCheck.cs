using System.Globalization;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>The messages of the accounts: who has them, and that each has a body.</summary>
internal sealed class EmailCheck(MailStore store, MailboxConnection sql)
{
    private const int MaxEmails = 5000;

    public CheckedPart Run(long last, long? only)
    {
        var problems = new List<StoreProblem>();
        var missing = new List<long>();
        long? end = null;
        using (var rows = sql.Query($"""
            SELECT e.id, e.refs, (SELECT COUNT(*) FROM messages m WHERE m.email_id = e.id), b.id, e.account_id
            FROM emails e LEFT JOIN bodies b ON b.id = e.body_id WHERE e.id > @0 AND (@1 = 0 OR e.account_id = @1) ORDER BY e.id LIMIT {MaxEmails}
            """, last, only ?? 0))
            while (rows.Read())
            {
                long id = rows.GetInt64(0), refs = rows.GetInt64(1), count = rows.GetInt64(2), account = rows.GetInt64(4);
                end = id;
                if (count == 0)
                    problems.Add(new(new("emails", string.Create(CultureInfo.InvariantCulture, $"email {id} is in no mailbox")), account, () => StoreChange.PostAsync(store, s => RemoveOrphan(s, id))));
                else
                {
                    if (refs != count)
                        problems.Add(new(new("emails.refs", string.Create(CultureInfo.InvariantCulture, $"email {id} is in {count} mailboxes, and counts {refs}")), account,
                            () => StoreChange.PostAsync(store, s => s.Execute("UPDATE emails SET refs = (SELECT COUNT(*) FROM messages m WHERE m.email_id = @0) WHERE id = @0", id))));
                    if (rows.IsDBNull(3)) missing.Add(id);
                }
            }
        foreach (long id in missing) problems.AddRange(MessagePlaces.Damaged(sql, "m.email_id = @0", id, "emails.body_id", "its body is not there any more"));
        return new(problems, end, sql.Scalar("SELECT MAX(id) FROM emails"));
    }

    private static void RemoveOrphan(MailboxConnection sql, long id)
    {
        if (sql.Scalar("DELETE FROM emails WHERE id = @0 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.email_id = @0) RETURNING body_id", id) is > 0 and var body) BodyCheck.Recount(sql, body);
    }
}

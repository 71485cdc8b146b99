using System.Globalization;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>Where messages are, for those whose content is damaged: each is kept, and told.</summary>
internal static class MessagePlaces
{
    private const int Max = 1000;

    /// <param name="condition">With <c>m</c> for messages, <c>e</c> for emails, and @0 for <paramref name="id"/>.</param>
    public static IEnumerable<StoreProblem> Damaged(MailboxConnection sql, string condition, long id, string check, string what)
    {
        var problems = new List<StoreProblem>();
        using (var rows = sql.Query($"""
            SELECT b.account_id, b.name, m.uid FROM emails e JOIN messages m ON m.email_id = e.id JOIN mailboxes b ON b.id = m.mailbox_id WHERE {condition} LIMIT {Max}
            """, id))
            while (rows.Read())
                problems.Add(new(new(check, what + ": restore it from a backup or a mail program's copy, then delete this one", null, rows.GetString(1), (uint)rows.GetInt64(2)), rows.GetInt64(0), null));
        if (problems.Count == Max) problems.Add(new(new(check, string.Create(CultureInfo.InvariantCulture, $"{what}; more than these {Max} messages have it")), null, null));
        return problems;
    }
}

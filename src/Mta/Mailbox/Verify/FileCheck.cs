using System.Globalization;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>The database file itself, as SQLite checks it: a table in each part; then that no row points to one that is not there.</summary>
internal static class FileCheck
{
    private const string Advice = ": stop the node and restore mailboxes.db from a backup, or make what is readable a new one with sqlite3's .recover";

    private static readonly string[] Tables =
        ["accounts", "mailboxes", "subscriptions", "keywords", "uid_runs", "bodies", "body_chunks", "emails", "thread_ids", "messages", "expunged", "deliveries"];

    public static CheckedPart Run(MailboxConnection sql, long last)
    {
        var problems = new List<StoreProblem>();
        if (last < Tables.Length)
        {
            using var rows = sql.Query($"PRAGMA integrity_check({Tables[last]})");
            while (rows.Read())
                if (rows.GetString(0) is not "ok" and var what) problems.Add(new(new("file", $"table {Tables[last]}: {what}{Advice}"), null, null));
        }
        else
        {
            var strays = new Dictionary<(string Table, string Parent), long>();
            using (var rows = sql.Query("PRAGMA foreign_key_check"))
                while (rows.Read())
                {
                    var key = (rows.GetString(0), rows.GetString(2));
                    strays[key] = strays.GetValueOrDefault(key) + 1;
                }
            // those that lead to accounts, emails and bodies are told where those are looked at
            foreach (var ((table, parent), count) in strays.Where(s => s.Key.Parent == "mailboxes"))
                problems.Add(new(new(table, string.Create(CultureInfo.InvariantCulture, $"{count} rows are of {parent} that are not there{Advice}")), null, null));
        }
        return new(problems, last < Tables.Length ? last + 1 : null, Tables.Length + 1);
    }
}

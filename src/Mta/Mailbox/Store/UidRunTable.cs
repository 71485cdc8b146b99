using LinqToDB;

namespace Mta.Mailbox.Store;

/// <summary>Which UIDs there are in a mailbox, in runs.</summary>
internal static class UidRunTable
{
    public static IEnumerable<UidRun> Read(MailboxConnection sql, long mailboxId)
    {
        using var rows = sql.Query("SELECT first_uid, last_uid FROM uid_runs WHERE mailbox_id = @0 ORDER BY first_uid", mailboxId);
        while (rows.Read()) yield return new((uint)rows.GetInt64(0), (uint)rows.GetInt64(1));
    }

    /// <summary>UIDs above all that there are.</summary>
    public static void Append(MailboxConnection sql, long mailboxId, UidRun run)
    {
        // the last one grows, as a rule
        if (sql.Execute("UPDATE uid_runs SET last_uid = @2 WHERE mailbox_id = @0 AND last_uid = @1 AND first_uid = (SELECT MAX(first_uid) FROM uid_runs WHERE mailbox_id = @0)",
            mailboxId, run.First - 1L, (long)run.Last) == 0)
            sql.Execute("INSERT INTO uid_runs (mailbox_id, first_uid, last_uid) VALUES (@0, @1, @2)", mailboxId, (long)run.First, (long)run.Last);
    }

    /// <summary>Takes out UIDs that are there.</summary>
    /// <param name="gone">Ascending, without overlap, at least one.</param>
    public static void Remove(MailboxConnection sql, long mailboxId, IReadOnlyList<UidRun> gone)
    {
        long first = gone[0].First, last = gone[^1].Last;
        var runs = sql.Db.GetTable<UidRunRow>().Where(r => r.MailboxId == mailboxId);
        long from = runs.Where(r => r.FirstUid <= first).Max(r => (long?)r.FirstUid) ?? first;
        var touched = runs.Where(r => r.FirstUid >= from && r.FirstUid <= last);
        var view = new UidView(touched.OrderBy(r => r.FirstUid).AsEnumerable().Select(r => new UidRun((uint)r.FirstUid, (uint)r.LastUid)));
        view.Remove(gone);
        touched.Delete();
        foreach (var run in view.Runs) sql.Execute("INSERT INTO uid_runs (mailbox_id, first_uid, last_uid) VALUES (@0, @1, @2)", mailboxId, (long)run.First, (long)run.Last);
    }
}

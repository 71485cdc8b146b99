using LinqToDB;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>Which UIDs there are in a mailbox, in runs.</summary>
internal static class UidRunTable
{
    public static IEnumerable<UidRun> Read(DataConnection db, long mailboxId) =>
        db.GetTable<UidRunRow>().Where(r => r.MailboxId == mailboxId).OrderBy(r => r.FirstUid).AsEnumerable().Select(r => new UidRun((uint)r.FirstUid, (uint)r.LastUid));

    /// <summary>UIDs above all that there are.</summary>
    public static void Append(DataConnection db, long mailboxId, UidRun run)
    {
        long before = run.First - 1L, last = run.Last;
        var runs = db.GetTable<UidRunRow>().Where(r => r.MailboxId == mailboxId);
        // the last one grows, as a rule
        var lastRun = runs.OrderByDescending(r => r.FirstUid).FirstOrDefault();
        if (lastRun?.LastUid == before) runs.Where(r => r.FirstUid == lastRun.FirstUid).Set(r => r.LastUid, last).Update();
        else db.Insert(new UidRunRow { MailboxId = mailboxId, FirstUid = run.First, LastUid = last });
    }

    /// <summary>Takes out UIDs that are there.</summary>
    /// <param name="gone">Ascending, without overlap, at least one.</param>
    public static void Remove(DataConnection db, long mailboxId, IReadOnlyList<UidRun> gone)
    {
        long first = gone[0].First, last = gone[^1].Last;
        var runs = db.GetTable<UidRunRow>().Where(r => r.MailboxId == mailboxId);
        long from = runs.Where(r => r.FirstUid <= first).Max(r => (long?)r.FirstUid) ?? first;
        var touched = runs.Where(r => r.FirstUid >= from && r.FirstUid <= last);
        var view = new UidView(touched.OrderBy(r => r.FirstUid).AsEnumerable().Select(r => new UidRun((uint)r.FirstUid, (uint)r.LastUid)));
        view.Remove(gone);
        touched.Delete();
        foreach (var run in view.Runs) db.Insert(new UidRunRow { MailboxId = mailboxId, FirstUid = run.First, LastUid = run.Last });
    }
}

namespace Mta.Mailbox.Store;

/// <summary>What is gone from the mailboxes.</summary>
internal static class ExpungedTable
{
    /// <summary>What was expunged after a mod-sequence, in order of the UIDs (VANISHED (EARLIER), RFC 7162 §3.2.6).</summary>
    /// <param name="within">Runs that touch these UIDs.</param>
    public static List<UidRun> Read(MailboxConnection sql, long mailboxId, UidRun within, long modSeq)
    {
        using var rows = sql.Query("SELECT first_uid, last_uid FROM expunged WHERE mailbox_id = @0 AND mod_seq > @1 AND first_uid <= @3 AND last_uid >= @2 ORDER BY first_uid",
            mailboxId, modSeq, (long)within.First, (long)within.Last);
        var gone = new List<UidRun>();
        while (rows.Read()) gone.Add(new((uint)rows.GetInt64(0), (uint)rows.GetInt64(1)));
        return gone;
    }
}

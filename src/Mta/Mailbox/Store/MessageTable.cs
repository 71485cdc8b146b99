using System.Data.Common;

namespace Mta.Mailbox.Store;

/// <summary>The messages of the mailboxes, as they are read.</summary>
internal static class MessageTable
{
    /// <summary>The columns that <see cref="Info"/> wants, of <see cref="Joined"/>.</summary>
    public const string Columns = "m.uid, m.email_id, e.body_id, e.thread_id, m.mod_seq, m.flags, m.size, m.received_at, m.received_zone, m.saved_at";

    public const string Joined = "messages m JOIN emails e ON e.id = m.email_id";

    /// <summary>Columns of a row before those that a query adds.</summary>
    public const int Count = 10;

    /// <summary>In order of the UIDs.</summary>
    public static MessageInfo[] Read(MailboxConnection sql, long mailboxId, UidRun run)
    {
        using var rows = sql.Query($"SELECT {Columns} FROM {Joined} WHERE m.mailbox_id = @0 AND m.uid >= @1 AND m.uid <= @2 ORDER BY m.uid", mailboxId, (long)run.First, (long)run.Last);
        return All(rows);
    }

    /// <summary>Those among them that have changed since a mod-sequence.</summary>
    public static MessageInfo[] ReadChanged(MailboxConnection sql, long mailboxId, UidRun run, long modSeq)
    {
        // the plus: by their UIDs, which are few, rather than by the mod-sequences, of which there may be many
        using var rows = sql.Query(
            $"SELECT {Columns} FROM {Joined} WHERE m.mailbox_id = @0 AND m.uid >= @1 AND m.uid <= @2 AND +m.mod_seq > @3 ORDER BY m.uid", mailboxId, (long)run.First, (long)run.Last, modSeq);
        return All(rows);
    }

    public static MessageInfo Info(DbDataReader row) => new(
        (uint)row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), (MailFlags)row.GetInt64(5), row.GetInt64(6),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)).ToOffset(TimeSpan.FromMinutes(row.GetInt64(8))), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)));

    private static MessageInfo[] All(DbDataReader rows)
    {
        var messages = new List<MessageInfo>();
        while (rows.Read()) messages.Add(Info(rows));
        return [.. messages];
    }
}

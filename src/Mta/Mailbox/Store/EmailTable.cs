using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Mailbox.Store;

/// <summary>The messages of the accounts, each with as many holders as there are mailboxes that it is in.</summary>
internal static class EmailTable
{
    /// <summary>Ids that a message is looked for by: more would cost more than they find.</summary>
    private const int MaxReferences = 50;

    /// <summary>A new one, with one holder.</summary>
    /// <param name="trace">Stands before the body, for this account alone.</param>
    public static long Add(MailboxConnection sql, long accountId, StagedBody body, byte[] trace) => Insert(sql, accountId, BodyTable.Hold(sql, body), trace, body.Index);

    /// <summary>One that another account has, with one holder; the body stays the same.</summary>
    public static long Copy(MailboxConnection sql, long accountId, long id)
    {
        var content = MessageContent.Find(sql.Db, id)!;
        BodyTable.Hold(sql, content.BodyId);
        return Insert(sql, accountId, content.BodyId, content.Trace, content.Index);
    }

    private static long Insert(MailboxConnection sql, long accountId, long bodyId, byte[] trace, MessageIndex index)
    {
        long[] ids = [.. MessageIds(index).Distinct()];
        long thread = 0;
        foreach (long messageId in ids)
        {
            long known = sql.Scalar("SELECT thread_id FROM thread_ids WHERE account_id = @0 AND message_id = @1", accountId, messageId);
            if (known > 0 && (thread == 0 || known < thread)) thread = known;
        }
        long id = sql.Scalar("INSERT INTO emails (account_id, body_id, trace, thread_id, refs) VALUES (@0, @1, @2, @3, 1) RETURNING id", accountId, bodyId, trace, thread);
        if (thread == 0)
        {
            thread = id;
            sql.Execute("UPDATE emails SET thread_id = id WHERE id = @0", id);
        }
        foreach (long messageId in ids)
            sql.Execute("INSERT INTO thread_ids (account_id, message_id, thread_id) VALUES (@0, @1, @2) ON CONFLICT DO NOTHING", accountId, messageId, thread);
        return id;
    }

    /// <summary>One holder more.</summary>
    public static void Hold(MailboxConnection sql, long id) => sql.Execute("UPDATE emails SET refs = refs + 1 WHERE id = @0", id);

    /// <summary>One holder less; the last one takes it along.</summary>
    public static void Release(MailboxConnection sql, long id)
    {
        if (sql.Scalar("DELETE FROM emails WHERE id = @0 AND refs <= 1 RETURNING body_id", id) is > 0 and var body) BodyTable.Release(sql, body);
        else sql.Execute("UPDATE emails SET refs = refs - 1 WHERE id = @0", id);
    }

    private static IEnumerable<long> MessageIds(MessageIndex index)
    {
        if (index.MessageId is { } own) yield return Hash(own);
        foreach (string reference in index.References.TakeLast(MaxReferences)) yield return Hash(reference);
    }

    /// <summary>As good as the id itself: of two that are different one pair in 2^63 has the same.</summary>
    private static long Hash(string messageId) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(messageId)));
}

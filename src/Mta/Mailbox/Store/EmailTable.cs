using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LinqToDB;
using LinqToDB.Data;
using Mta.Protocol.Mime;

namespace Mta.Mailbox.Store;

/// <summary>The messages of the accounts, each with as many holders as there are mailboxes that it is in.</summary>
internal static class EmailTable
{
    /// <summary>Ids that a message is looked for by: more would cost more than they find.</summary>
    private const int MaxReferences = 50;

    /// <summary>A new one, with one holder.</summary>
    /// <param name="trace">Stands before the body, for this account alone.</param>
    public static long Add(DataConnection db, long accountId, StagedBody body, byte[] trace)
    {
        long bodyId = BodyTable.Hold(db, body);
        long[] ids = [.. MessageIds(body.Index).Distinct()];
        long? thread = ids.Length == 0 ? null
            : db.GetTable<ThreadIdRow>().Where(t => t.AccountId == accountId && ids.Contains(t.MessageId)).Select(t => (long?)t.ThreadId).Min();
        long id = db.InsertWithInt64Identity(new EmailRow { AccountId = accountId, BodyId = bodyId, Trace = trace, ThreadId = thread ?? 0, Refs = 1 });
        if (thread is null) db.GetTable<EmailRow>().Where(e => e.Id == id).Set(e => e.ThreadId, id).Update();
        foreach (long messageId in ids)
            db.Execute("INSERT INTO thread_ids (account_id, message_id, thread_id) VALUES (@a, @m, @t) ON CONFLICT DO NOTHING",
                new DataParameter("a", accountId), new DataParameter("m", messageId), new DataParameter("t", thread ?? id));
        return id;
    }

    /// <summary>So many holders more.</summary>
    public static void Hold(DataConnection db, long id) => db.GetTable<EmailRow>().Where(e => e.Id == id).Set(e => e.Refs, e => e.Refs + 1).Update();

    /// <summary>One holder less; the last one takes it along.</summary>
    public static void Release(DataConnection db, long id)
    {
        var emails = db.GetTable<EmailRow>();
        emails.Where(e => e.Id == id).Set(e => e.Refs, e => e.Refs - 1).Update();
        if (emails.FirstOrDefault(e => e.Id == id && e.Refs <= 0) is not { } gone) return;
        emails.Where(e => e.Id == id).Delete();
        BodyTable.Release(db, gone.BodyId);
    }

    private static IEnumerable<long> MessageIds(MessageIndex index)
    {
        if (index.MessageId is { } own) yield return Hash(own);
        foreach (string reference in index.References.TakeLast(MaxReferences)) yield return Hash(reference);
    }

    /// <summary>As good as the id itself: of two that are different one pair in 2^63 has the same.</summary>
    private static long Hash(string messageId) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(messageId)));
}

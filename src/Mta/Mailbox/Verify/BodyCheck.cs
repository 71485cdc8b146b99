using System.Buffers;
using System.Globalization;
using Mta.Mailbox.Store;
using Mta.Protocol.Mime;

namespace Mta.Mailbox.Verify;

/// <summary>The bodies: who has them, that their octets are those that came, and that their index can be read.</summary>
internal sealed class BodyCheck(MailStore store, MailboxConnection sql)
{
    private const int MaxBodies = 2000;
    private const long MaxOctets = 32 << 20;

    private readonly List<StoreProblem> _problems = [];
    private bool? _hasLost;

    public CheckedPart Run(long last, long? only)
    {
        var bodies = new List<(long Id, byte[] Hash, long Size, long Refs, byte[] Mime, long Count)>();
        long octets = 0;
        using (var rows = sql.Query($"""
            SELECT b.id, b.hash, b.size, b.refs, b.mime, (SELECT COUNT(*) FROM emails e WHERE e.body_id = b.id) FROM bodies b
            WHERE b.id > @0 AND (@1 = 0 OR EXISTS (SELECT 1 FROM emails e WHERE e.body_id = b.id AND e.account_id = @1)) ORDER BY b.id LIMIT {MaxBodies}
            """, last, only ?? 0))
            while (octets < MaxOctets && rows.Read())
            {
                bodies.Add((rows.GetInt64(0), rows.GetFieldValue<byte[]>(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetFieldValue<byte[]>(4), rows.GetInt64(5)));
                octets += bodies[^1].Size;
            }
        foreach (var (id, hash, size, refs, mime, count) in bodies)
        {
            if (count == 0 && HasLost())
                _problems.Add(new(new("bodies", string.Create(CultureInfo.InvariantCulture, $"body {id} is in no account: it is kept, for there are messages whose content is not found")), null, null));
            else if (count == 0)
                Add("bodies", $"body {id} is in no account", s => Recount(s, id));
            else
            {
                if (refs != count) Add("bodies.refs", $"body {id} is in {count} emails, and counts {refs}", s => Recount(s, id));
                CheckOctets(id, hash, size, mime);
            }
        }
        long? end = bodies.Count == 0 ? null : bodies[^1].Id;
        if (only is null) CheckStrayChunks(last, end);
        return new(_problems, end, sql.Scalar("SELECT MAX(id) FROM bodies"));
    }

    /// <summary>Counts who has a body anew; without anybody it goes.</summary>
    public static void Recount(MailboxConnection sql, long id)
    {
        if (sql.Execute("DELETE FROM bodies WHERE id = @0 AND NOT EXISTS (SELECT 1 FROM emails e WHERE e.body_id = @0)", id) > 0) RemoveChunks(sql, id);
        else sql.Execute("UPDATE bodies SET refs = (SELECT COUNT(*) FROM emails e WHERE e.body_id = @0) WHERE id = @0", id);
    }

    private void CheckOctets(long id, byte[] hash, long size, byte[] mime)
    {
        var chunks = new BodyOctets(sql, id, size);
        chunks.Read(null);
        if (hash.AsSpan().SequenceEqual(chunks.HashOfSize))
        {
            if (chunks.Length > size) Add("body_chunks", $"body {id} has {chunks.Length - size} octets too many", s => BodyOctets.Cut(s, id, size));
        }
        else if (chunks.Length != size && hash.AsSpan().SequenceEqual(chunks.HashOfAll))
        {
            Add("bodies.size", $"body {id} has {chunks.Length} octets, and says {size}", s => s.Execute("UPDATE bodies SET size = @1 WHERE id = @0", id, chunks.Length));
            size = chunks.Length;
        }
        else
        {
            string what = chunks.Length < size ? $"only {chunks.Length} of its {size} octets are there" : "its octets are not those that came";
            _problems.AddRange(MessagePlaces.Damaged(sql, "e.body_id = @0", id, "bodies.hash", what));
            return;
        }
        if (MessageIndexCodec.TryRead(mime, out var index) && index.Size == size) return;
        var scanner = new MimeScanner();
        new BodyOctets(sql, id, size).Read(scanner.Add);
        var output = new ArrayBufferWriter<byte>();
        MessageIndexCodec.Write(scanner.Finish(), output);
        Add("bodies.mime", $"the index of body {id} cannot be read", s => s.Execute("UPDATE bodies SET mime = @1 WHERE id = @0 AND hash = @2", id, output.WrittenSpan.ToArray(), hash));
    }

    /// <summary>A message does not lead to its body any more, which may be one of those that nobody has.</summary>
    private bool HasLost() => _hasLost ??= sql.Scalar("SELECT COUNT(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM emails e WHERE e.id = m.email_id)") > 0;

    /// <summary>Chunks of no body; the last part also looks behind the last body.</summary>
    private void CheckStrayChunks(long last, long? end)
    {
        var stray = new List<long>();
        using (var rows = sql.Query("""
            SELECT DISTINCT c.id / 65536 FROM body_chunks c WHERE c.id >= @0 AND c.id < @1 AND NOT EXISTS (SELECT 1 FROM bodies b WHERE b.id = c.id / 65536) LIMIT 1000
            """, BodyChunkRow.Key(last + 1, 0), end is { } id ? BodyChunkRow.Key(id + 1, 0) : long.MaxValue))
            while (rows.Read()) stray.Add(rows.GetInt64(0));
        foreach (long body in stray)
            Add("body_chunks", $"chunks of body {body} are there, which is not", s =>
            {
                if (s.Scalar("SELECT COUNT(*) FROM bodies WHERE id = @0", body) == 0) RemoveChunks(s, body);
            });
    }

    private static void RemoveChunks(MailboxConnection sql, long id) =>
        sql.Execute("DELETE FROM body_chunks WHERE id >= @0 AND id < @1", BodyChunkRow.Key(id, 0), BodyChunkRow.Key(id + 1, 0));

    private void Add(string check, FormattableString what, Action<MailboxConnection> repair) =>
        _problems.Add(new(new(check, what.ToString(CultureInfo.InvariantCulture)), null, () => StoreChange.PostAsync(store, repair)));
}

namespace Mta.Mailbox.Store;

/// <summary>The bodies: one row for what is the same, octet by octet, counted by those who have it.</summary>
internal static class BodyTable
{
    /// <summary>The id of a body, which is written where it is not there yet; it has one holder more now.</summary>
    public static long Hold(MailboxConnection sql, StagedBody body)
    {
        if (sql.Scalar("SELECT id FROM bodies WHERE hash = @0", body.Hash) is > 0 and var known)
        {
            Hold(sql, known);
            return known;
        }
        long id = sql.Scalar("INSERT INTO bodies (hash, size, refs, mime) VALUES (@0, @1, 1, @2) RETURNING id", body.Hash, body.Size, body.Mime.ToArray());
        for (long offset = 0; offset < body.Size; offset += BodyChunkRow.Size)
        {
            byte[] data = new byte[Math.Min(BodyChunkRow.Size, body.Size - offset)];
            body.Read(offset, data);
            sql.Execute("INSERT INTO body_chunks (id, data) VALUES (@0, @1)", BodyChunkRow.Key(id, offset), data);
        }
        return id;
    }

    /// <summary>It has one holder more.</summary>
    public static void Hold(MailboxConnection sql, long id) => sql.Execute("UPDATE bodies SET refs = refs + 1 WHERE id = @0", id);

    /// <summary>It has one holder less; the last one takes it along.</summary>
    public static void Release(MailboxConnection sql, long id)
    {
        if (sql.Execute("DELETE FROM bodies WHERE id = @0 AND refs <= 1", id) > 0)
            sql.Execute("DELETE FROM body_chunks WHERE id >= @0 AND id < @1", BodyChunkRow.Key(id, 0), BodyChunkRow.Key(id + 1, 0));
        else sql.Execute("UPDATE bodies SET refs = refs - 1 WHERE id = @0", id);
    }

    /// <summary>Octets of a body from an offset; 0 at its end, or where it is gone.</summary>
    public static int Read(MailboxConnection sql, long id, long offset, Span<byte> into)
    {
        using var row = sql.Query("SELECT data FROM body_chunks WHERE id = @0", BodyChunkRow.Key(id, offset));
        if (!row.Read()) return 0;
        var rest = row.GetFieldValue<byte[]>(0).AsSpan((int)(offset % BodyChunkRow.Size));
        int count = Math.Min(rest.Length, into.Length);
        rest[..count].CopyTo(into);
        return count;
    }
}

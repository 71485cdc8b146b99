using LinqToDB;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>The bodies: one row for what is the same, octet by octet, counted by those who have it.</summary>
internal static class BodyTable
{
    /// <summary>The id of a body, which is written where it is not there yet; it has one holder more now.</summary>
    public static long Hold(DataConnection db, StagedBody body)
    {
        var bodies = db.GetTable<BodyRow>();
        byte[] hash = body.Hash;
        if (bodies.Where(b => b.Hash == hash).Select(b => (long?)b.Id).FirstOrDefault() is { } known)
        {
            bodies.Where(b => b.Id == known).Set(b => b.Refs, b => b.Refs + 1).Update();
            return known;
        }
        long id = db.InsertWithInt64Identity(new BodyRow { Hash = hash, Size = body.Size, Refs = 1, Mime = body.Mime.ToArray() });
        for (long offset = 0; offset < body.Size; offset += BodyChunkRow.Size)
        {
            byte[] data = new byte[Math.Min(BodyChunkRow.Size, body.Size - offset)];
            body.Read(offset, data);
            db.Insert(new BodyChunkRow { Id = BodyChunkRow.Key(id, offset), Data = data });
        }
        return id;
    }

    /// <summary>It has one holder less; the last one takes it along.</summary>
    public static void Release(DataConnection db, long id)
    {
        var bodies = db.GetTable<BodyRow>();
        bodies.Where(b => b.Id == id).Set(b => b.Refs, b => b.Refs - 1).Update();
        if (bodies.Where(b => b.Id == id && b.Refs <= 0).Delete() == 0) return;
        long first = BodyChunkRow.Key(id, 0), next = BodyChunkRow.Key(id + 1, 0);
        db.GetTable<BodyChunkRow>().Where(c => c.Id >= first && c.Id < next).Delete();
    }

    /// <summary>Octets of a body from an offset; 0 at its end, or where it is gone.</summary>
    public static int Read(DataConnection db, long id, long offset, Span<byte> into)
    {
        long key = BodyChunkRow.Key(id, offset);
        if (db.GetTable<BodyChunkRow>().Where(c => c.Id == key).Select(c => c.Data).FirstOrDefault() is not { } data) return 0;
        var rest = data.AsSpan((int)(offset % BodyChunkRow.Size));
        int count = Math.Min(rest.Length, into.Length);
        rest[..count].CopyTo(into);
        return count;
    }
}

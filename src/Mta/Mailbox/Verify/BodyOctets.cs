using System.Security.Cryptography;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>The octets of a body as its chunks have them, as far as they go without a gap.</summary>
internal sealed class BodyOctets(MailboxConnection sql, long id, long size)
{
    /// <summary>Takes octets as they come.</summary>
    public delegate void Take(ReadOnlySpan<byte> octets);

    public long Length { get; private set; }

    /// <summary>Of the first octets, as many as the body is to have; empty where there are fewer.</summary>
    public byte[] HashOfSize { get; private set; } = [];

    public byte[] HashOfAll { get; private set; } = [];

    /// <param name="take">What the body is to have, in order; null for nobody.</param>
    public void Read(Take? take)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var rows = sql.Query("SELECT id, data FROM body_chunks WHERE id >= @0 AND id < @1 ORDER BY id", BodyChunkRow.Key(id, 0), BodyChunkRow.Key(id + 1, 0));
        if (size == 0) HashOfSize = sha256.GetCurrentHash();
        while (rows.Read() && Length % BodyChunkRow.Size == 0 && rows.GetInt64(0) == BodyChunkRow.Key(id, Length))
        {
            var data = rows.GetFieldValue<byte[]>(1).AsSpan();
            int wanted = (int)Math.Clamp(size - Length, 0, data.Length);
            sha256.AppendData(data[..wanted]);
            take?.Invoke(data[..wanted]);
            if (wanted > 0 && Length + wanted == size) HashOfSize = sha256.GetCurrentHash();
            sha256.AppendData(data[wanted..]);
            Length += data.Length;
        }
        HashOfAll = sha256.GetHashAndReset();
    }

    /// <summary>Takes out what is behind the end.</summary>
    public static void Cut(MailboxConnection sql, long id, long size)
    {
        long last = BodyChunkRow.Key(id, size);
        sql.Execute("DELETE FROM body_chunks WHERE id > @0 AND id < @1", last, BodyChunkRow.Key(id + 1, 0));
        if (size % BodyChunkRow.Size is > 0 and var rest) sql.Execute("UPDATE body_chunks SET data = substr(data, 1, @1) WHERE id = @0", last, rest);
        else sql.Execute("DELETE FROM body_chunks WHERE id = @0", last);
    }
}

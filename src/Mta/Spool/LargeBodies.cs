using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Mta.Spool;

/// <summary>
/// The bodies in files of their own, <c>large/n.body</c>: the body and its crc32c. A number is never used twice, since the queue's journal may
/// remember one longer than its file lives.
/// </summary>
internal sealed class LargeBodies(ISpoolDisk disk, ILogger log)
{
    private const string Folder = "large", Suffix = ".body";
    private readonly ConcurrentDictionary<long, bool> _unclaimed = new();
    private readonly ConcurrentQueue<long> _released = new();
    private long _last, _bytes;

    /// <summary>The lowest number that was not given out yet.</summary>
    public long Floor => Volatile.Read(ref _last) + 1;

    public long Bytes => Volatile.Read(ref _bytes);

    public int Released => _released.Count;

    /// <summary>Takes stock of what is there; whatever nobody claims until all partitions have attached belongs to no message.</summary>
    public void Recover(long floor)
    {
        _last = floor - 1;
        foreach (string name in disk.List(Folder))
        {
            if (!name.EndsWith(Suffix, StringComparison.Ordinal) || !long.TryParse(name[..^Suffix.Length], CultureInfo.InvariantCulture, out long number))
                continue;
            _last = Math.Max(_last, number);
            _unclaimed[number] = true;
            using var file = disk.Open(NameOf(number));
            _bytes += file.Length;
        }
    }

    public LargeBody Create()
    {
        long number = Interlocked.Increment(ref _last);
        return new(number, disk.Create(NameOf(number)), written => Interlocked.Add(ref _bytes, written));
    }

    /// <summary>Makes one body durable; its folder needs <see cref="SyncFolder"/> too, which several can share.</summary>
    public void Sync(LargeBody body)
    {
        body.File.Sync();
        body.File.Dispose();
    }

    public void SyncFolder() => disk.SyncFolder(Folder);

    /// <summary>Gives up a body that no record names.</summary>
    public void Discard(LargeBody body)
    {
        body.File.Dispose();
        Delete(body.Number);
    }

    /// <summary>Opens one for reading; fails where it is not complete.</summary>
    public (ISpoolFile File, uint Crc) Open(long number, long length)
    {
        var file = disk.Open(NameOf(number));
        Span<byte> trailer = stackalloc byte[RecordHeader.TrailerLength];
        try
        {
            if (file.Length == length + trailer.Length && file.Read(length, trailer) == trailer.Length)
                return (file, BinaryPrimitives.ReadUInt32LittleEndian(trailer));
            throw new IOException($"large body {number} is not {length} octets long");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A partition holds this one.</summary>
    public void Claim(long number) => _unclaimed.TryRemove(number, out _);

    /// <summary>Its message has left; it is deleted once that is durable, by <see cref="DeleteReleased"/>.</summary>
    public void Release(long number) => _released.Enqueue(number);

    public void ReleaseUnclaimed()
    {
        foreach (long number in _unclaimed.Keys)
        {
            log.LogInformation("large body {Number} belongs to no message: deleted", number);
            Release(number);
        }
        _unclaimed.Clear();
    }

    public void DeleteReleased(int count)
    {
        while (count-- > 0 && _released.TryDequeue(out long number)) Delete(number);
    }

    private void Delete(long number)
    {
        try
        {
            long length;
            using (var file = disk.Open(NameOf(number))) length = file.Length;
            disk.Delete(NameOf(number));
            Interlocked.Add(ref _bytes, -length);
        }
        catch (FileNotFoundException)
        {
            // released by an earlier incarnation of its partition already
        }
        catch (IOException e)
        {
            log.LogWarning("large body {Number} cannot be deleted: {Error}", number, e.Message);
        }
    }

    private static string NameOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/{number:D8}{Suffix}");
}

/// <summary>A large body that is being written.</summary>
internal sealed class LargeBody(long number, ISpoolFile file, Action<int> count)
{
    private uint _crc = Crc32C.Start;

    public long Number => number;

    public ISpoolFile File => file;

    public long Length { get; private set; }

    public void Append(ReadOnlyMemory<byte> bytes)
    {
        file.Write(Length, [bytes]);
        _crc = Crc32C.Append(_crc, bytes.Span);
        Length += bytes.Length;
        count(bytes.Length);
    }

    public void Finish()
    {
        byte[] trailer = new byte[RecordHeader.TrailerLength];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, ~_crc);
        file.Write(Length, [trailer]);
        count(trailer.Length);
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Mta.Spool;

/// <summary>
/// The segment files: <c>NNNNNNNN.seg</c>, in the order of their numbers. Changes on the writer's thread alone; <see cref="Find"/> and
/// <see cref="Ordered"/> are safe from any.
/// </summary>
internal sealed class SegmentStore(ISpoolDisk disk, SpoolSettings settings, int queues, ILogger log) : IDisposable
{
    private const string Suffix = ".seg", BadSuffix = ".bad";
    private readonly ConcurrentDictionary<long, Segment> _byNumber = new();
    private readonly SpareSegments _spares = new(disk, settings, log);
    private volatile Segment[] _ordered = [];
    private volatile VoidRange[] _voids = [];
    private long _lastNumber;

    /// <summary>All segments, the oldest first.</summary>
    public IReadOnlyList<Segment> Ordered => _ordered;

    /// <summary>The segment that records are appended to, or null while there is none.</summary>
    public Segment? Current { get; private set; }

    /// <summary>Places where no record is, whatever is there.</summary>
    public IReadOnlyList<VoidRange> Voids => _voids;

    public long BytesOnDisk
    {
        get
        {
            long bytes = _spares.Bytes;
            foreach (var segment in _ordered) bytes += segment.Length;
            return bytes;
        }
    }

    public Segment? Find(long number) => _byNumber.GetValueOrDefault(number);

    /// <summary>Begins a segment, durably, with room for at least one record of <paramref name="recordLength"/>.</summary>
    public Segment Begin(long firstLsn, long largeFloor, long recordLength)
    {
        Current = null;
        long number = ++_lastNumber; // also one whose beginning failed stays used up: it may be on the disk
        var header = new SegmentHeader(number, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))), firstLsn, largeFloor, queues, _voids);
        byte[] block = header.ToBytes();
        var (name, file) = _spares.Take(number);
        try
        {
            file.Allocate(Math.Max(settings.SegmentSize, SegmentHeader.BlockLength + recordLength));
            // whole before it has its name: a segment whose header cannot be read was damaged later
            file.Write(0, [block]);
            file.Sync();
            disk.Rename(name, NameOf(number));
            name = NameOf(number);
            disk.SyncFolder("");
        }
        catch
        {
            file.Dispose();
            TryDelete(name);
            throw;
        }
        return Current = Add(new(header, file, queues));
    }

    /// <summary>Keeps one spare file ready when the present segment is half full, so that the next need not be waited for.</summary>
    public void PrepareNext()
    {
        if (Current is { } current && current.End > settings.SegmentSize / 2) _spares.Prepare(current.Number);
    }

    /// <summary>Never writes to the current segment again: what lies behind its end was not acknowledged.</summary>
    public void AbandonCurrent()
    {
        if (Current is not { } current) return;
        AddVoid(new(current.Number, current.End, long.MaxValue));
        Current = null;
    }

    /// <summary>Lets go of a segment that nobody needs: its file is used again, or deleted.</summary>
    public void Remove(Segment segment)
    {
        _byNumber.TryRemove(segment.Number, out _);
        _ordered = [.. _ordered.Where(other => other != segment)];
        // where a write or a sync failed once, nothing is written again
        bool isSound = !Array.Exists(_voids, range => range.Segment == segment.Number);
        _voids = [.. _voids.Where(range => range.Segment != segment.Number)];
        try
        {
            if (!isSound || !_spares.TryRecycle(NameOf(segment.Number), segment.File))
            {
                segment.File.Dispose();
                disk.Delete(NameOf(segment.Number));
            }
        }
        catch (IOException e)
        {
            segment.File.Dispose();
            log.LogWarning("segment {Number} cannot be removed; the next start will: {Error}", segment.Number, e.Message);
        }
    }

    /// <summary>Finds the segments that are there; what is not whole any more is kept aside.</summary>
    public void Load(SpoolCounters counters)
    {
        foreach (string name in disk.List("").Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(SpareSegments.Suffix, StringComparison.Ordinal)) disk.Delete(name);
            if (!name.EndsWith(Suffix, StringComparison.Ordinal) || !long.TryParse(name[..^Suffix.Length], CultureInfo.InvariantCulture, out long number))
                continue;
            _lastNumber = Math.Max(_lastNumber, number);
            var file = disk.Open(name);
            if (SegmentHeader.Read(file) is { } header && header.Number == number)
            {
                if (header.Queues != queues)
                {
                    file.Dispose();
                    throw new SpoolMismatchException($"The spool was made for {header.Queues} queue partitions, and {queues} are configured.");
                }
                Add(new(header, file, queues));
                _voids = [.. _voids.Union(header.Voids)];
            }
            else
            {
                file.Dispose();
                counters.Corrupt();
                log.LogError("segment file {Name} has lost its header; it is kept as {Name}{Suffix}", name, name, BadSuffix);
                disk.Rename(name, name + BadSuffix);
            }
        }
        _voids = [.. _voids.Where(range => _byNumber.ContainsKey(range.Segment))];
        _ordered = [.. _ordered.OrderBy(segment => segment.Number)];
    }

    /// <summary>Takes a part of a segment out of the log, durably with the next segment's header.</summary>
    public void AddVoid(VoidRange range) => _voids = [.. _voids, range];

    /// <summary>Waits for what is done in the background, and closes the files.</summary>
    public void Dispose()
    {
        _spares.Dispose();
        foreach (var segment in _ordered) segment.File.Dispose();
    }

    private Segment Add(Segment segment)
    {
        _byNumber[segment.Number] = segment;
        _ordered = [.. _ordered, segment];
        return segment;
    }

    private void TryDelete(string name)
    {
        try
        {
            disk.Delete(name);
        }
        catch (IOException e)
        {
            log.LogWarning("{Name} cannot be deleted: {Error}", name, e.Message);
        }
    }

    private static string NameOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{number:D8}{Suffix}");
}

/// <summary>The spool on the disk does not fit the configuration.</summary>
public sealed class SpoolMismatchException(string message) : Exception(message);

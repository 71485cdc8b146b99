using System.Buffers.Binary;

namespace Mta.Spool;

/// <summary>Where bodies are read from, and the memory that they may take.</summary>
internal sealed class BodyStore(SpoolSettings settings, SegmentStore segments, LargeBodies large, SpoolCounters counters)
{
    /// <summary>What is kept in memory when it is short: more goes to a file at once.</summary>
    private const int ShortLength = 64 * 1024;

    public MemoryBudget Budget { get; } = new(settings.Memory);

    public LargeBodies Large => large;

    /// <summary>A message that gets longer than this goes on in a file.</summary>
    public int SpillLength => Budget.IsExceeded ? Math.Min(ShortLength, settings.LargeBody) : settings.LargeBody;

    /// <summary>Opens a body on the disk. One in the log is read and verified at once; one in its own file while it is read.</summary>
    public BodyLease Read(BodyLocation location)
    {
        try
        {
            return location.Offset < 0 ? OpenLarge(location) : new(ReadFromLog(location), location.Length);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException($"the body at {location} is gone", e);
        }
    }

    private BodyLease OpenLarge(BodyLocation location)
    {
        var (file, crc) = large.Open(location.Segment, location.Length);
        return new(file, location.Length, crc, counters);
    }

    private BodyMemory ReadFromLog(BodyLocation location)
    {
        var segment = segments.Find(location.Segment) ?? throw new IOException($"segment {location.Segment} is gone");
        if (location.Length > segment.End - location.Offset) throw new IOException($"there is no body at {location}");
        int length = (int)location.Length, total = length + RecordHeader.TrailerLength;
        byte[] buffer = Budget.Rent(length + BodyMemory.Spare);
        try
        {
            if (segment.File.Read(location.Offset, buffer.AsSpan(0, total)) == total
                && BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(length)) == Crc32C.Of(buffer.AsSpan(0, length)))
                return new(Budget, buffer, length);
            counters.Corrupt();
            throw new IOException($"the body at {location} is damaged");
        }
        catch
        {
            Budget.Return(buffer);
            throw;
        }
    }
}

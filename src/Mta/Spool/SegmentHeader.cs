using static System.Buffers.Binary.BinaryPrimitives;

namespace Mta.Spool;

/// <summary>
/// A range of a segment that holds no record, whatever it looks like: behind it lies what was never acknowledged, but may have reached
/// the disk all the same.
/// </summary>
internal readonly record struct VoidRange(long Segment, long From, long To);

/// <summary>
/// The first block of a segment, durable before its first record: two equal copies, so that one bad sector does not cost the segment.
/// </summary>
/// <param name="FirstLsn">No record here has a lower one, and none in earlier segments a higher one.</param>
/// <param name="LargeFloor">Numbers of large bodies below this have been given out before.</param>
internal sealed record SegmentHeader(long Number, long Salt, long FirstLsn, long LargeFloor, int Queues, IReadOnlyList<VoidRange> Voids)
{
    public const int BlockLength = 2 * CopyLength;
    public const int MaxVoids = (CopyLength - FixedLength) / VoidLength;
    private const int CopyLength = 4096, FixedLength = 56, VoidLength = 24;
    private const ulong Magic = 0x0001_4745_5341_544D; // "MTASEG", version 1

    public byte[] ToBytes()
    {
        if (Voids.Count > MaxVoids) throw new IOException($"more than {MaxVoids} parts of the spool are void; wait until older mail has left");
        byte[] block = new byte[BlockLength];
        var copy = block.AsSpan(0, CopyLength);
        WriteUInt64LittleEndian(copy, Magic);
        WriteInt64LittleEndian(copy[8..], Number);
        WriteInt64LittleEndian(copy[16..], Salt);
        WriteInt64LittleEndian(copy[24..], FirstLsn);
        WriteInt64LittleEndian(copy[32..], LargeFloor);
        WriteInt32LittleEndian(copy[40..], Queues);
        WriteInt32LittleEndian(copy[44..], Voids.Count);
        for (int i = 0; i < Voids.Count; i++)
        {
            var target = copy[(FixedLength + i * VoidLength)..];
            WriteInt64LittleEndian(target, Voids[i].Segment);
            WriteInt64LittleEndian(target[8..], Voids[i].From);
            WriteInt64LittleEndian(target[16..], Voids[i].To);
        }
        WriteUInt32LittleEndian(copy[48..], Crc32C.Of(copy)); // taken over zeros in its own place
        copy.CopyTo(block.AsSpan(CopyLength));
        return block;
    }

    /// <summary>The header, or null where neither copy is intact.</summary>
    public static SegmentHeader? Read(ISpoolFile file) => ReadCopy(file, 0) ?? ReadCopy(file, CopyLength);

    private static SegmentHeader? ReadCopy(ISpoolFile file, long offset)
    {
        byte[] copy = new byte[CopyLength];
        try
        {
            return file.Read(offset, copy) == CopyLength ? Parse(copy) : null;
        }
        catch (IOException)
        {
            return null; // a bad sector: there is the other copy
        }
    }

    private static SegmentHeader? Parse(Span<byte> copy)
    {
        if (ReadUInt64LittleEndian(copy) != Magic) return null;
        uint crc = ReadUInt32LittleEndian(copy[48..]);
        WriteUInt32LittleEndian(copy[48..], 0);
        int count = ReadInt32LittleEndian(copy[44..]);
        if (crc != Crc32C.Of(copy) || count is < 0 or > MaxVoids) return null;
        var voids = new VoidRange[count];
        for (int i = 0; i < count; i++)
        {
            var source = copy[(FixedLength + i * VoidLength)..];
            voids[i] = new(ReadInt64LittleEndian(source), ReadInt64LittleEndian(source[8..]), ReadInt64LittleEndian(source[16..]));
        }
        return new(
            ReadInt64LittleEndian(copy[8..]), ReadInt64LittleEndian(copy[16..]), ReadInt64LittleEndian(copy[24..]),
            ReadInt64LittleEndian(copy[32..]), ReadInt32LittleEndian(copy[40..]), voids);
    }
}

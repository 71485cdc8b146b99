using static System.Buffers.Binary.BinaryPrimitives;

namespace Mta.Spool;

internal enum RecordKind : byte { Message = 1, Outcome = 2, Moved = 3 }

/// <summary>
/// The head of a record: <c>header | envelope | body | crc32c of the body | padding to 8</c>. An outcome carries its notes in the envelope's place
/// and has no body; a body in a file of its own leaves the record without one too.
/// </summary>
/// <param name="Count">Sequence numbers that the record takes: 1, or one for each note of an outcome.</param>
/// <param name="LargeBody">The number of the body's own file, or 0.</param>
internal readonly record struct RecordHeader(
    RecordKind Kind, long Lsn, int Count, int Queue, ulong MessageId, int EnvelopeLength, uint EnvelopeCrc, long BodyLength, long LargeBody)
{
    public const int Length = 64;
    public const int TrailerLength = sizeof(uint);
    private const uint Magic = 0x5250_534D; // "MSPR"

    public long LastLsn => Lsn + Count - 1;

    public bool HasBody => Kind != RecordKind.Outcome && LargeBody == 0;

    /// <summary>From the record's start to its body.</summary>
    public int BodyOffset => Length + EnvelopeLength;

    /// <summary>From the record's start to the next one's.</summary>
    public long RecordLength => Align(BodyOffset + (HasBody ? BodyLength + TrailerLength : 0));

    public static long Align(long length) => (length + 7) & ~7L;

    /// <summary>
    /// The segment's <paramref name="salt"/>, random and new for each, is what tells a record from what a recycled file held before,
    /// and from octets in a body that look like one.
    /// </summary>
    public void Write(Span<byte> target, long salt)
    {
        WriteUInt32LittleEndian(target, Magic);
        WriteInt64LittleEndian(target[8..], salt);
        WriteInt64LittleEndian(target[16..], Lsn);
        WriteUInt64LittleEndian(target[24..], MessageId);
        WriteInt64LittleEndian(target[32..], LargeBody);
        WriteInt64LittleEndian(target[40..], BodyLength);
        WriteInt32LittleEndian(target[48..], EnvelopeLength);
        WriteUInt32LittleEndian(target[52..], EnvelopeCrc);
        WriteInt32LittleEndian(target[56..], Count);
        WriteUInt16LittleEndian(target[60..], (ushort)Queue);
        target[62] = (byte)Kind;
        target[63] = 0;
        WriteUInt32LittleEndian(target[4..], Crc32C.Of(target[8..Length]));
    }

    public static bool TryRead(ReadOnlySpan<byte> source, long salt, out RecordHeader header)
    {
        header = default;
        if (source.Length < Length || ReadUInt32LittleEndian(source) != Magic || ReadInt64LittleEndian(source[8..]) != salt
            || ReadUInt32LittleEndian(source[4..]) != Crc32C.Of(source[8..Length])) return false;
        header = new(
            (RecordKind)source[62], ReadInt64LittleEndian(source[16..]), ReadInt32LittleEndian(source[56..]), ReadUInt16LittleEndian(source[60..]),
            ReadUInt64LittleEndian(source[24..]), ReadInt32LittleEndian(source[48..]), ReadUInt32LittleEndian(source[52..]),
            ReadInt64LittleEndian(source[40..]), ReadInt64LittleEndian(source[32..]));
        return header is { Kind: RecordKind.Message or RecordKind.Outcome or RecordKind.Moved, EnvelopeLength: >= 0, BodyLength: >= 0, Count: > 0 };
    }

    /// <summary>The offset of the salt in a header, for finding the next one behind damage.</summary>
    public const int SaltOffset = 8;
}

namespace Mta.Queue;

/// <summary>Unsigned numbers in as few octets as they need, seven bits in each, the lowest first (LEB128).</summary>
internal static class VarInt
{
    public const int MaxLength = 10;

    public static int Write(Span<byte> target, ulong value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7) target[length++] = (byte)(value | 0x80);
        target[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads what <see cref="Write"/> wrote, and goes behind it.</summary>
    public static ulong Read(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        int at = 0, shift = 0;
        byte octet;
        do
        {
            octet = source[at++];
            value |= (ulong)(octet & 0x7F) << shift;
            shift += 7;
        }
        while (octet >= 0x80);
        source = source[at..];
        return value;
    }
}

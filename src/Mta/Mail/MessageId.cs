using System.Diagnostics.CodeAnalysis;

namespace Mta.Mail;

/// <summary>
/// The queue id of a message: 64 bits that order by time of receipt (42 bits of milliseconds since 2020, 8 of node, 14 of
/// sequence), written as 13 characters of Crockford's base 32. The 250 reply, the Received header and every log line show it.
/// </summary>
public readonly record struct MessageId(ulong Value) : IComparable<MessageId>
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <inheritdoc/>
    public int CompareTo(MessageId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(13, Value, static (text, value) =>
    {
        for (int i = 12; i >= 0; i--, value >>= 5) text[i] = Alphabet[(int)(value & 31)];
    });

    /// <summary>Reads what <see cref="ToString"/> wrote; case does not matter.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        id = default;
        if (text is not { Length: 13 }) return false;
        ulong value = 0;
        foreach (char c in text)
        {
            int digit = Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0 || value > ulong.MaxValue >> 5) return false;
            value = value << 5 | (uint)digit;
        }
        id = new(value);
        return true;
    }

    public static bool operator <(MessageId left, MessageId right) => left.Value < right.Value;
    public static bool operator >(MessageId left, MessageId right) => left.Value > right.Value;
    public static bool operator <=(MessageId left, MessageId right) => left.Value <= right.Value;
    public static bool operator >=(MessageId left, MessageId right) => left.Value >= right.Value;
}

/// <summary>Gives out message ids that rise strictly, also over a restart with a clock that went back less than <c>floor</c> knows.</summary>
public sealed class MessageIdSource(TimeProvider clock, byte node = 0)
{
    private static readonly long Epoch = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private ulong _last;

    /// <summary>The next id; safe from any thread.</summary>
    public MessageId Next()
    {
        ulong now = (ulong)Math.Max(0, clock.GetUtcNow().ToUnixTimeMilliseconds() - Epoch) << 22;
        while (true)
        {
            ulong last = Volatile.Read(ref _last);
            // the node's bits sit between time and sequence: count in the 56 bits without them
            ulong lastCounter = (last >> 22 << 14) | (last & 0x3FFF);
            ulong counter = Math.Max(now >> 22 << 14, lastCounter + 1);
            ulong next = (counter >> 14 << 22) | ((ulong)node << 14) | (counter & 0x3FFF);
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return new(next);
        }
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Mta.Mail;

/// <summary>
/// The queue id of a message: 64 bits that order by time of receipt (42 bits of milliseconds since 2020, 8 of node, 14 of
/// sequence), written as 13 characters of Crockford's base 32. The 250 reply, the Received header and every log line show it.
/// </summary>
public readonly record struct MessageId(ulong Value) : IComparable<MessageId>
{
    internal static readonly long Epoch = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>When it was given out, which is when the message came; later by what it borrowed where the clock went back.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(Epoch + (long)(Value >> 22));

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

/// <summary>Gives out message ids that rise strictly, also while the clock goes back.</summary>
public sealed class MessageIdSource(TimeProvider clock, byte node = 0)
{
    private ulong _last;

    /// <summary>
    /// Ids that come must be above <paramref name="known"/>: a clock that went back while the program was down must not give out an id again
    /// that a queued message has.
    /// </summary>
    public void RiseAbove(MessageId known)
    {
        for (ulong last; (last = Volatile.Read(ref _last)) < known.Value;)
            if (Interlocked.CompareExchange(ref _last, known.Value, last) == last) return;
    }

    /// <summary>The next id; safe from any thread. The sequence goes on over the milliseconds, so that ids spread evenly over partitions.</summary>
    public MessageId Next()
    {
        ulong now = (ulong)Math.Max(0, clock.GetUtcNow().ToUnixTimeMilliseconds() - MessageId.Epoch);
        while (true)
        {
            ulong last = Volatile.Read(ref _last);
            var (time, sequence) = (last >> 22, (last & 0x3FFF) + 1);
            // more than 16384 in a millisecond, or a clock that went back: borrow from the next one
            if (now > time) time = now;
            else if (sequence > 0x3FFF) time++;
            ulong next = time << 22 | (ulong)node << 14 | sequence & 0x3FFF;
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return new(next);
        }
    }
}

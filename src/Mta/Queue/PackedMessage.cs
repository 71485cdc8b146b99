using System.Buffers;
using System.Text;
using Mta.Mail;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// A message that waits, in one array: a million of them are in memory. The states of the recipients stand before the envelope, so that the due
/// time is found without reading that: <c>flags (1) | priority (1) | segment | offset + 1 | length | recipients | status (1), attempts, due in
/// ms, number of the last result + 1 for each | envelope (mail.proto)</c>; numbers are of variable length (LEB128). In memory alone, never stored.
/// </summary>
internal static class PackedMessage
{
    private const int MaxFixed = 2 + 4 * VarInt.MaxLength, MaxRecipient = 1 + 3 * VarInt.MaxLength;
    private const byte Held = 1, DelayNotified = 2, Journaled = 4;

    /// <summary>Each last result is used once more in the pool, until <see cref="Unpack"/> takes it out or <see cref="Release"/>.</summary>
    public static byte[] Pack(QueuedMessage message, ResultPool results)
    {
        var envelope = message.EncodedEnvelope.Span;
        byte[]? rented = null;
        int most = MaxFixed + MaxRecipient * message.Recipients.Length;
        var state = most <= 512 ? stackalloc byte[most] : rented = ArrayPool<byte>.Shared.Rent(most);
        state[0] = (byte)((message.Held ? Held : 0) | (message.DelayNotified ? DelayNotified : 0) | (message.Journaled ? Journaled : 0));
        state[1] = (byte)message.Priority;
        int length = 2;
        length += VarInt.Write(state[length..], (ulong)message.Location.Segment);
        length += VarInt.Write(state[length..], (ulong)(message.Location.Offset + 1)); // -1 is a body in a file of its own
        length += VarInt.Write(state[length..], (ulong)message.Location.Length);
        length += VarInt.Write(state[length..], (ulong)message.Recipients.Length);
        foreach (ref readonly var r in message.Recipients.AsSpan())
        {
            state[length++] = (byte)r.Status;
            length += VarInt.Write(state[length..], r.Attempts);
            length += VarInt.Write(state[length..], (ulong)r.Due.ToUnixTimeMilliseconds());
            length += VarInt.Write(state[length..], r.Last is { } last ? (ulong)results.Add(last) + 1 : 0);
        }
        byte[] packed = GC.AllocateUninitializedArray<byte>(length + envelope.Length);
        state[..length].CopyTo(packed);
        envelope.CopyTo(packed.AsSpan(length));
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return packed;
    }

    /// <summary>The message, for reading; the packed one stays what it is.</summary>
    public static QueuedMessage Unpack(MessageId id, byte[] packed, ResultPool results)
    {
        ReadOnlySpan<byte> rest = packed;
        byte flags = rest[0];
        var priority = (sbyte)rest[1];
        rest = rest[2..];
        var location = ReadLocation(ref rest);
        var recipients = new RecipientState[VarInt.Read(ref rest)];
        foreach (ref var r in recipients.AsSpan())
        {
            r.Status = (RecipientStatus)rest[0];
            rest = rest[1..];
            r.Attempts = (ushort)VarInt.Read(ref rest);
            r.Due = DateTimeOffset.FromUnixTimeMilliseconds((long)VarInt.Read(ref rest));
            if ((int)VarInt.Read(ref rest) is > 0 and var result) r.Last = results[result - 1];
        }
        return new(id, packed.AsMemory(packed.Length - rest.Length), priority, location, recipients)
        {
            Held = (flags & Held) != 0,
            DelayNotified = (flags & DelayNotified) != 0,
            Journaled = (flags & Journaled) != 0,
        };
    }

    /// <summary>The packed form goes: its results are used once less.</summary>
    public static void Release(byte[] packed, ResultPool results)
    {
        var rest = packed.AsSpan(2).AsReadOnly();
        ReadLocation(ref rest);
        for (ulong left = VarInt.Read(ref rest); left > 0; left--)
        {
            rest = rest[1..];
            VarInt.Read(ref rest);
            VarInt.Read(ref rest);
            if ((int)VarInt.Read(ref rest) is > 0 and var result) results.Release(result - 1);
        }
    }

    public static bool IsHeld(byte[] packed) => (packed[0] & Held) != 0;

    /// <summary>Goes through the states of the recipients, in their order, and makes nothing.</summary>
    public static StateReader States(byte[] packed) => new(packed);

    public static BodyLocation Location(byte[] packed)
    {
        var rest = packed.AsSpan(2).AsReadOnly();
        return ReadLocation(ref rest);
    }

    /// <summary>As <see cref="QueuedMessage.NextDue"/>, but null for a message that is held.</summary>
    public static (DateTimeOffset Due, sbyte Priority)? NextDue(byte[] packed)
    {
        if ((packed[0] & Held) != 0) return null;
        var rest = packed.AsSpan(2).AsReadOnly();
        ReadLocation(ref rest);
        long next = long.MaxValue;
        for (ulong left = VarInt.Read(ref rest); left > 0; left--)
        {
            bool isScheduled = rest[0] == (byte)RecipientStatus.Scheduled;
            rest = rest[1..];
            VarInt.Read(ref rest);
            long due = (long)VarInt.Read(ref rest);
            VarInt.Read(ref rest);
            if (isScheduled && due < next) next = due;
        }
        return next == long.MaxValue ? null : (DateTimeOffset.FromUnixTimeMilliseconds(next), (sbyte)packed[1]);
    }

    /// <summary>Whether it holds an ASCII text somewhere, whatever its case: much cheaper than to unpack it and look.</summary>
    /// <param name="text">Lower case; an empty one is in every message.</param>
    public static bool Mentions(byte[] packed, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return true;
        byte upper = text[0] is >= (byte)'a' and <= (byte)'z' ? (byte)(text[0] - 0x20) : text[0];
        for (ReadOnlySpan<byte> rest = packed; ;)
        {
            int at = rest.IndexOfAny(text[0], upper);
            if (at < 0 || rest.Length - at < text.Length) return false;
            if (Ascii.EqualsIgnoreCase(rest.Slice(at, text.Length), text)) return true;
            rest = rest[(at + 1)..];
        }
    }

    private static BodyLocation ReadLocation(ref ReadOnlySpan<byte> rest) =>
        new((long)VarInt.Read(ref rest), (long)VarInt.Read(ref rest) - 1, (long)VarInt.Read(ref rest));

    /// <summary>See <see cref="States"/>. A copy goes on from where it was made.</summary>
    public ref struct StateReader
    {
        private ReadOnlySpan<byte> _rest;
        private ulong _left;

        internal StateReader(byte[] packed)
        {
            _rest = packed.AsSpan(2);
            ReadLocation(ref _rest);
            _left = VarInt.Read(ref _rest);
        }

        public RecipientStatus Status { get; private set; }
        public int Attempts { get; private set; }

        /// <summary>Milliseconds of Unix time.</summary>
        public long Due { get; private set; }

        /// <summary>The number of the last result, or -1.</summary>
        public int Result { get; private set; }

        /// <summary>What follows; after the last state, the envelope.</summary>
        public readonly ReadOnlySpan<byte> Rest => _rest;

        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            Status = (RecipientStatus)_rest[0];
            _rest = _rest[1..];
            Attempts = (int)VarInt.Read(ref _rest);
            Due = (long)VarInt.Read(ref _rest);
            Result = (int)VarInt.Read(ref _rest) - 1;
            return true;
        }
    }

    private static ReadOnlySpan<byte> AsReadOnly(this Span<byte> span) => span;
}

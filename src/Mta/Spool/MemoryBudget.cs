using System.Buffers;

namespace Mta.Spool;

/// <summary>Pooled buffers for bodies, and how much of them is out. The cap is not enforced here: those who rent ask <see cref="IsExceeded"/>.</summary>
internal sealed class MemoryBudget(long cap)
{
    private long _used;

    public long Used => Volatile.Read(ref _used);

    public bool IsExceeded => Used > cap;

    public byte[] Rent(int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        Interlocked.Add(ref _used, buffer.Length);
        return buffer;
    }

    public void Return(byte[] buffer)
    {
        Interlocked.Add(ref _used, -buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}

/// <summary>A body in a pooled buffer, which goes back when the last holder releases it. Made with one holder.</summary>
internal sealed class BodyMemory(MemoryBudget budget, byte[] buffer, int length)
{
    private int _holders = 1;

    /// <summary>Room that the buffer has behind the body, for the checksum and the padding of its record.</summary>
    public const int Spare = 16;

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>The buffer as a whole, for the one who makes the record.</summary>
    public byte[] Buffer => buffer;

    /// <summary>Another holder, unless the last one has let go already.</summary>
    public bool TryHold()
    {
        int holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return true;
            holders = seen;
        }
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) budget.Return(buffer);
    }
}

using System.Buffers;

namespace Mta.Delivery;

/// <summary>
/// Octets on their way to the socket, in one pooled array that grows as needed and goes back when it is large and empty. It is left to
/// the collector at the end, since a write that was cut off may still read from it.
/// </summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int Initial = 4096;
    private const int KeptAtMost = 128 * 1024;
    private byte[] _array = ArrayPool<byte>.Shared.Rent(Initial);
    private int _count;

    public int Count => _count;
    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, _count);

    /// <inheritdoc/>
    public void Advance(int count) => _count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(_count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Makes room for so many octets at once, rather than in doublings.</summary>
    public void Reserve(int count)
    {
        if (_array.Length - _count >= count) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_count + count, _array.Length * 2));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }

    public void Clear()
    {
        _count = 0;
        if (_array.Length <= KeptAtMost) return;
        ArrayPool<byte>.Shared.Return(_array);
        _array = ArrayPool<byte>.Shared.Rent(Initial);
    }
}

using System.Buffers;

namespace Mta.Protocol.Imap.Reading;

/// <summary>Octets that are kept for a while, in memory that is lent. The caller bounds them.</summary>
internal sealed class PooledBuffer
{
    private const int Smallest = 512;

    private byte[]? _octets;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _octets.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> octets)
    {
        int needed = Length + octets.Length;
        if (_octets is null || needed > _octets.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Smallest, Math.Max(needed, 2 * Length)));
            Span.CopyTo(larger);
            Return();
            _octets = larger;
        }
        octets.CopyTo(_octets.AsSpan(Length));
        Length = needed;
    }

    public void Clear() => Length = 0;

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        Return();
        (_octets, Length) = (null, 0);
    }

    private void Return()
    {
        // a password may be in it
        if (_octets is not null) ArrayPool<byte>.Shared.Return(_octets, clearArray: true);
    }
}

using BitFaster.Caching.Lru;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Fetching;

/// <summary>
/// ENVELOPE and BODYSTRUCTURE as they were written last, of the messages that were asked for last: clients ask again whenever they start. What a body holds never
/// changes. Safe from any thread.
/// </summary>
internal sealed class SummaryCache
{
    /// <summary>With <see cref="MostOctets"/> and what an entry takes beside: 20 MiB of common mail, 40 at most.</summary>
    private const int Capacity = 65536;

    /// <summary>What is longer is rare, and made anew.</summary>
    private const int MostOctets = 512;

    private readonly ConcurrentLru<Key, byte[]> _entries = new(Capacity);

    /// <param name="Utf8">Strings may be UTF-8 (RFC 6855), and then look different.</param>
    public readonly record struct Key(long BodyId, ImapFetchAttribute Item, bool Utf8);

    /// <summary>Null where it is not there.</summary>
    public byte[]? Find(Key key) => _entries.TryGet(key, out byte[]? octets) ? octets : null;

    public void Keep(Key key, ReadOnlySpan<byte> octets)
    {
        if (octets.Length <= MostOctets) _entries.AddOrUpdate(key, octets.ToArray());
    }
}

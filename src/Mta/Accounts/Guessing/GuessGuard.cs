using System.Net;
using System.Security.Cryptography;
using System.Text;
using BitFaster.Caching.Lru;

namespace Mta.Accounts.Guessing;

/// <summary>
/// Makes guessing slow: after some failures a network, and a name, is locked for a time that doubles with each further one.
/// <para>
/// A lock of a name is what a stranger could use to keep its owner out. So it holds only for networks from which nobody has signed in under
/// that name lately. Those from which somebody has are counted for themselves, by name and network, and neither the name's lock nor the
/// network's touches them: strangers and neighbours cannot lock the owner out, and a neighbour who guesses gets no more tries than anyone.
/// </para>
/// <para>A success forgives nothing: whoever has one password of his own could reset the count for all others, and an owner whose telephone signs
/// in each minute would reset it for those who guess. Failures are forgotten by time alone.</para>
/// Bounded: the names and networks not seen for longest are dropped.
/// </summary>
internal sealed class GuessGuard(GuessSettings settings, TimeProvider clock)
{
    private readonly ConcurrentLru<IPAddress, FailureCount> _networks = new(settings.Entries);
    private readonly ConcurrentLru<string, FailureCount> _names = new(settings.Entries);
    private readonly ConcurrentLru<(string Name, IPAddress Network), FailureCount> _known = new(settings.Entries);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <param name="Name">As it is compared; one that does not exist counts like any other.</param>
    /// <param name="Network">See <see cref="Network.Of"/>.</param>
    /// <param name="IsKnown">Its owner has lately signed in from there.</param>
    public readonly record struct Client(string Name, IPAddress Network, bool IsKnown);

    /// <summary>Names and networks that are remembered.</summary>
    internal int Count => _networks.Count + _names.Count + _known.Count;

    /// <summary>How long nothing will be judged; zero when it will.</summary>
    public TimeSpan LockedFor(Client client)
    {
        var now = clock.GetUtcNow();
        if (client.IsKnown) return Known(client) is { } known ? known.LockedFor(now) : TimeSpan.Zero;
        var name = _names.TryGet(client.Name, out var n) ? n.LockedFor(now) : TimeSpan.Zero;
        var network = _networks.TryGet(client.Network, out var a) ? a.LockedFor(now) : TimeSpan.Zero;
        return name > network ? name : network;
    }

    /// <param name="password">The wrong one; null where it is not known. The same one again counts no more.</param>
    public void Failed(Client client, string? password)
    {
        var now = clock.GetUtcNow();
        var name = _names.GetOrAdd(client.Name, static _ => new());
        if (password is not null && name.HasSeen(Fingerprint(client.Name, password))) return;
        if (client.IsKnown) _known.GetOrAdd((client.Name, client.Network), static _ => new()).Add(now, settings.PerName, settings);
        else name.Add(now, settings.PerName, settings);
        _networks.GetOrAdd(client.Network, static _ => new()).Add(now, settings.PerAddress, settings);
    }

    private FailureCount? Known(Client client) => _known.TryGet((client.Name, client.Network), out var count) ? count : null;

    // keyed, so that what is kept in memory tells nothing about passwords that were nearly right
    private ulong Fingerprint(string name, string password) =>
        BitConverter.ToUInt64(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name}\0{password}"))) | 1;
}

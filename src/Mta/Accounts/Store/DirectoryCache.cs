using System.Collections.Frozen;
using BitFaster.Caching.Lru;

namespace Mta.Accounts.Store;

/// <summary>
/// What is in memory of the directory as it was after one change. The next change begins a new, empty one: what was being read meanwhile
/// goes into the old one, and is forgotten with it. Bounded.
/// </summary>
/// <param name="change">Counts the changes.</param>
internal sealed class DirectoryCache(long change, FrozenSet<string> domains, int capacity)
{
    // each is made with its first entry: who makes a thousand accounts one by one does not need a thousand empty tables
    private readonly Lazy<ConcurrentLru<string, ResolvedAddress>> _resolved = New<ResolvedAddress>(capacity), _found = New<ResolvedAddress>(capacity);
    private readonly Lazy<ConcurrentLru<string, AccountEntry>> _accounts = New<AccountEntry>(capacity);
    private Task<IterationShares>? _shares;

    public long Change { get; } = change;
    public FrozenSet<string> Domains { get; } = domains;

    /// <summary>By the address as it was written. The values are those of <see cref="Found"/>: a group stands in memory once, whatever it is called by.</summary>
    public ConcurrentLru<string, ResolvedAddress> Resolved => _resolved.Value;

    /// <summary>By <see cref="AddressLookup.Found.Key"/>.</summary>
    public ConcurrentLru<string, ResolvedAddress> Found => _found.Value;

    /// <summary>By main address, those too that do not exist.</summary>
    public ConcurrentLru<string, AccountEntry> Accounts => _accounts.Value;

    /// <summary>Being read, or null where nobody has asked yet.</summary>
    public Task<IterationShares>? Shares { get => Volatile.Read(ref _shares); set => Volatile.Write(ref _shares, value); }

    private static Lazy<ConcurrentLru<string, T>> New<T>(int capacity) => new(() => new(Environment.ProcessorCount, capacity, StringComparer.Ordinal));
}

/// <summary>An account, or that there is none.</summary>
internal readonly record struct AccountEntry(AccountRecord? Record);

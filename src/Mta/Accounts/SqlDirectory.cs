using System.Net;
using Microsoft.Extensions.Logging;
using Mta.Accounts.Admin;
using Mta.Accounts.Names;
using Mta.Accounts.Passwords;
using Mta.Accounts.Store;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;

namespace Mta.Accounts;

/// <summary>The directory in a database: SQLite in the data folder.</summary>
public sealed class SqlDirectory : IDirectory, IDisposable
{
    private readonly DirectoryStore _store;
    private readonly PasswordHasher _hasher;
    private readonly SignInJudge _judge;

    private SqlDirectory(DirectoryStore store, ILogger log)
    {
        _store = store;
        _hasher = new(store.Settings.Passwords, store.Clock);
        _judge = new(store, _hasher, log);
        Admin = new(store, _hasher);
    }

    /// <summary>For whoever changes it.</summary>
    public DirectoryAdmin Admin { get; }

    /// <summary>Throws <see cref="IOException"/> where there is a database that cannot be used.</summary>
    /// <param name="folder">Made with the first change.</param>
    public static SqlDirectory Open(string folder, AccountsSettings settings, TimeProvider clock, ILogger log) =>
        new(new(new(folder, clock), settings, clock, log), log);

    /// <summary>Passwords hashed so far, right and wrong, of names that exist and of those that do not.</summary>
    internal long Hashes => _hasher.Hashes;

    /// <summary>The domains whose mail ends here, in no order.</summary>
    public IReadOnlyCollection<string> Domains => _store.Current.Domains;

    public bool IsLocal(string domain) => _store.Current.Domains.Contains(domain);

    public async ValueTask<Resolution> ResolveAsync(MailPath address, CancellationToken cancel)
    {
        var cache = _store.Current;
        if (!cache.Domains.Contains(address.Domain)) return Resolution.Unknown.Instance;
        return cache.Resolved.TryGet(address.Address, out var known) ? known.Resolution : (await LookUpAsync(cache, address, cancel).ConfigureAwait(false)).Resolution;
    }

    public async ValueTask<Account?> FindAccountAsync(MailPath address, CancellationToken cancel)
    {
        if (!IsLocal(address.Domain)) return null;
        string key = AddressKey.Of(address);
        var (_, record) = await AccountAsync(key, cancel).ConfigureAwait(false);
        if (record is null && AddressKey.WithoutDetail(key, _store.Settings.AddressSeparator) is { } without) (_, record) = await AccountAsync(without, cancel).ConfigureAwait(false);
        return record?.Account;
    }

    public async ValueTask<Account?> FindAccountAsync(string name, CancellationToken cancel) => (await AccountAsync(name, cancel).ConfigureAwait(false)).Record?.Account;

    public async Task<SignIn> CheckPasswordAsync(string name, string password, IPAddress client, CancellationToken cancel)
    {
        var (key, record) = await AccountAsync(name, cancel).ConfigureAwait(false);
        return await _judge.PasswordAsync(key, record, password, client, cancel).ConfigureAwait(false);
    }

    public async ValueTask<ScramKeys> ScramKeysAsync(string name, CancellationToken cancel)
    {
        var (key, record) = await AccountAsync(name, cancel).ConfigureAwait(false);
        // asked for in any case: how long it takes says nothing of the name
        var shares = await _store.IterationSharesAsync(cancel).ConfigureAwait(false);
        return _hasher.Keys(record?.Scram, key, await _store.SecretAsync().ConfigureAwait(false), shares);
    }

    public async ValueTask<SignIn> SignInAsync(string name, bool proven, IPAddress client, CancellationToken cancel)
    {
        var (key, record) = await AccountAsync(name, cancel).ConfigureAwait(false);
        return await _judge.ProvenAsync(key, record, proven, client, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Its own address, every address that leads to it (aliases, groups that it is a member of, plus addresses, a catch-all), and what it was
    /// granted.
    /// </summary>
    public async ValueTask<bool> MaySendAsAsync(Account account, MailPath address, CancellationToken cancel)
    {
        // RFC 8098 §3: a mail program sends its receipts with the null reverse-path
        if (address.Address.Length == 0) return true;
        if (address.Domain.Length == 0) return false;
        string key = AddressKey.Of(address);
        if (key == account.Address) return true;
        var (_, record) = await AccountAsync(account.Address, cancel).ConfigureAwait(false);
        if (record is null || record.Account.Id != account.Id) return false;
        var rights = record.SenderRights;
        if (rights.Contains(key) || rights.Contains("*@" + address.Domain)) return true;
        if (AddressKey.WithoutDetail(key, _store.Settings.AddressSeparator) is { } without && rights.Contains(without)) return true;
        var cache = _store.Current;
        var resolved = cache.Resolved.TryGet(address.Address, out var known) ? known : await LookUpAsync(cache, address, cancel).ConfigureAwait(false);
        return resolved.Accounts.Contains(account.Id);
    }

    public void Dispose() => _store.Dispose();

    private async Task<ResolvedAddress> LookUpAsync(DirectoryCache cache, MailPath address, CancellationToken cancel)
    {
        // what is not ours leads nowhere here
        if (!cache.Domains.Contains(address.Domain)) return ResolvedAddress.Unknown;
        var resolved = await _store.ReadAsync(db =>
        {
            var lookup = new AddressLookup(db, _store.Settings);
            if (lookup.Find([address])[0] is not { } found) return ResolvedAddress.Unknown;
            if (cache.Found.TryGet(found.Key, out var known)) return known;
            var expanded = Expansion.Of(lookup, _store.Settings, found).Result();
            cache.Found.AddOrUpdate(found.Key, expanded);
            return expanded;
        }, ResolvedAddress.Unknown, cancel).ConfigureAwait(false);
        cache.Resolved.AddOrUpdate(address.Address, resolved);
        return resolved;
    }

    /// <summary>The account of a name, with the name as it is compared.</summary>
    private async ValueTask<(string Key, AccountRecord? Record)> AccountAsync(string name, CancellationToken cancel)
    {
        if (SignInName.Key(name, _store.Settings.DefaultDomain) is not { } key) return (SignInName.Short(name), null);
        var cache = _store.Current;
        if (cache.Accounts.TryGet(key, out var known)) return (key, known.Record);
        var record = await _store.ReadAsync(db => AccountRecord.Find(db, key), null, cancel).ConfigureAwait(false);
        cache.Accounts.AddOrUpdate(key, new(record));
        return (key, record);
    }
}

using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Names;
using Mta.Accounts.Passwords;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <param name="Quota">Octets, 0 for any.</param>
/// <param name="MessagesPerHour">Recipients, 0 for any.</param>
/// <param name="TakesMail">False: mail for it is refused with 550 5.2.1.</param>
/// <param name="HasPassword">Else only app passwords and tokens open it.</param>
public sealed record AccountInfo(
    long Id, string Address, long Quota, int MessagesPerHour, bool CanSignIn, bool TakesMail, bool HasPassword, DateTimeOffset CreatedAt)
{
    /// <summary>What its mailboxes hold; null where that was not asked for. Filled in by who knows them.</summary>
    public AccountUsage? Usage { get; init; }
}

public sealed record AccountUsage(long Octets, long Messages);

/// <summary>What to change of an account; null: leave it.</summary>
public sealed record AccountChange(long? Quota = null, int? MessagesPerHour = null, bool? CanSignIn = null, bool? TakesMail = null);

/// <summary>Some accounts by their ids.</summary>
/// <param name="Addresses">Of those that there are.</param>
/// <param name="LastId">The last that was given: one that is not greater and is not there was removed.</param>
public sealed record KnownAccounts(IReadOnlyDictionary<long, string> Addresses, long LastId);

/// <summary>The accounts.</summary>
public sealed class AccountAdmin
{
    // in one query
    private const int MaxIds = 500;

    private readonly DirectoryStore _store;
    private readonly PasswordHasher _hasher;

    internal AccountAdmin(DirectoryStore store, PasswordHasher hasher) => (_store, _hasher) = (store, hasher);

    /// <param name="domain">Null: all.</param>
    public Task<Page<AccountInfo>> ListAsync(string? domain, string? after, int limit, CancellationToken cancel)
    {
        string? name = domain is null ? null : AddressText.ParseDomain(domain);
        return _store.ReadAsync(db =>
        {
            var all = from address in db.GetTable<AddressRow>()
                      join account in db.GetTable<AccountRow>() on address.AccountId equals account.Id
                      where name == null || address.Domain == name
                      select new { address.Address, Account = account };
            var rows = all.Where(a => after == null || a.Address.CompareTo(after) > 0).OrderBy(a => a.Address).Take(limit + 1).ToArray();
            return new Page<AccountInfo>(all.Count(), [.. rows.Take(limit).Select(r => Info(r.Address, r.Account))], rows.Length > limit ? rows[limit - 1].Address : null);
        }, new(0, [], null), cancel);
    }

    public async Task<AccountInfo> ShowAsync(string address, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ReadAsync(db => Info(db, key), null, cancel).ConfigureAwait(false) ?? throw DirectoryException.NotFound($"there is no account {key}");
    }

    public Task<KnownAccounts> FindAsync(IReadOnlyCollection<long> ids, CancellationToken cancel) => _store.ReadAsync(db =>
        new KnownAccounts(
            ids.Chunk(MaxIds).SelectMany(some => db.GetTable<AddressRow>().Where(a => a.AccountId != null && some.Contains(a.AccountId.Value))).ToDictionary(a => a.AccountId!.Value, a => a.Address),
            db.GetTable<CounterRow>().Where(c => c.Name == CounterRow.Account).Select(c => c.Value).First()),
        new(new Dictionary<long, string>(), 0), cancel);

    /// <param name="password">Null: none, for an account that app passwords or tokens open.</param>
    public async Task<AccountInfo> AddAsync(string? address, string? password, long quota, int messagesPerHour, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        NotNegative(quota, messagesPerHour);
        // first the answer that costs nothing
        await _store.ReadAsync(db => Rows.Free(db, key), "", cancel).ConfigureAwait(false);
        var hashed = password is null ? null : await _hasher.HashNewAsync(password, cancel).ConfigureAwait(false);
        return await _store.ChangeAsync(db =>
        {
            string domain = Rows.Free(db, key);
            // never max(id) + 1: the last account's id would come again after it is gone
            db.GetTable<CounterRow>().Where(c => c.Name == CounterRow.Account).Set(c => c.Value, c => c.Value + 1).Update();
            long id = db.GetTable<CounterRow>().Where(c => c.Name == CounterRow.Account).Select(c => c.Value).First();
            db.Insert(new AccountRow
            {
                Id = id,
                Quota = quota,
                MessagesPerHour = messagesPerHour,
                CanSignIn = true,
                TakesMail = true,
                Password = hashed?.Password,
                Scram = hashed?.Scram,
                CreatedAt = _store.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            });
            db.Insert(new AddressRow { Address = key, Domain = domain, AccountId = id });
            return Info(db, key);
        }, cancel).ConfigureAwait(false);
    }

    public async Task<AccountInfo> ChangeAsync(string address, AccountChange change, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        NotNegative(change.Quota ?? 0, change.MessagesPerHour ?? 0);
        return await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            var row = db.GetTable<AccountRow>().First(a => a.Id == id);
            db.Update(row with
            {
                Quota = change.Quota ?? row.Quota,
                MessagesPerHour = change.MessagesPerHour ?? row.MessagesPerHour,
                CanSignIn = change.CanSignIn ?? row.CanSignIn,
                TakesMail = change.TakesMail ?? row.TakesMail,
            });
            return Info(db, key);
        }, cancel).ConfigureAwait(false);
    }

    /// <summary>A new password; the app passwords stay.</summary>
    /// <param name="password">Null: none any more.</param>
    public async Task<AccountInfo> SetPasswordAsync(string address, string? password, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        var hashed = password is null ? null : await _hasher.HashNewAsync(password, cancel).ConfigureAwait(false);
        return await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            db.GetTable<AccountRow>().Where(a => a.Id == id)
                .Set(a => a.Password, hashed == null ? null : hashed.Password).Set(a => a.Scram, hashed == null ? null : hashed.Scram).Update();
            // whoever knew the old password counts as a stranger again
            db.GetTable<KnownNetworkRow>().Where(n => n.AccountId == id).Delete();
            return Info(db, key);
        }, cancel).ConfigureAwait(false);
    }

    /// <summary>Refused while an alias or a catch-all leads to it.</summary>
    public async Task<AccountInfo> RemoveAsync(string address, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            var info = Info(db, key);
            Rows.NotATarget(db, key, _store.Settings.AddressSeparator);
            db.GetTable<AppPasswordRow>().Where(p => p.AccountId == id).Delete();
            db.GetTable<SenderRightRow>().Where(r => r.AccountId == id).Delete();
            db.GetTable<KnownNetworkRow>().Where(n => n.AccountId == id).Delete();
            db.GetTable<AddressRow>().Where(a => a.Address == key).Delete();
            db.GetTable<AccountRow>().Where(a => a.Id == id).Delete();
            return info;
        }, cancel).ConfigureAwait(false);
    }

    private static void NotNegative(long quota, int messagesPerHour)
    {
        if (quota < 0) throw DirectoryException.Invalid("a quota is 0, for any, or more");
        if (messagesPerHour < 0) throw DirectoryException.Invalid("a limit of messages is 0, for any, or more");
    }

    private static AccountInfo Info(DataConnection db, string key)
    {
        long id = Rows.AccountId(db, key);
        return Info(key, db.GetTable<AccountRow>().First(a => a.Id == id));
    }

    private static AccountInfo Info(string address, AccountRow row) => new(
        row.Id, address, row.Quota, row.MessagesPerHour, row.CanSignIn, row.TakesMail, row.Password is not null, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt));
}

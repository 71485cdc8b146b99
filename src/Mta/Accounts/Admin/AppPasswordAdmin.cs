using LinqToDB;
using Mta.Accounts.Names;
using Mta.Accounts.Passwords;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <param name="LastUsedAt">To a minute; null: never.</param>
public sealed record AppPasswordInfo(string Name, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

/// <param name="Password">Shown this once.</param>
public sealed record NewAppPassword(string Name, string Password);

/// <summary>Passwords for one program or device each.</summary>
public sealed class AppPasswordAdmin
{
    private const int MaxCount = 100, MaxName = 64;
    private readonly DirectoryStore _store;

    internal AppPasswordAdmin(DirectoryStore store) => _store = store;

    public async Task<IReadOnlyList<AppPasswordInfo>> ListAsync(string address, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ReadAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            return db.GetTable<AppPasswordRow>().Where(p => p.AccountId == id).OrderBy(p => p.Name).AsEnumerable().Select(p => new AppPasswordInfo(
                p.Name, DateTimeOffset.FromUnixTimeMilliseconds(p.CreatedAt), p.LastUsedAt is { } used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null)).ToArray();
        }, null, cancel).ConfigureAwait(false) ?? throw DirectoryException.NotFound($"there is no account {key}");
    }

    /// <param name="name">What it is for, such as "telephone".</param>
    public async Task<NewAppPassword> AddAsync(string address, string? name, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        if (name is not { Length: > 0 and <= MaxName } || name.Any(char.IsControl) || name.Trim() != name)
            throw DirectoryException.Invalid($"the name of an app password has 1 to {MaxName} characters, no control characters, and no space at its ends");
        string password = AppPassword.Create();
        await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            var there = db.GetTable<AppPasswordRow>().Where(p => p.AccountId == id);
            if (there.Any(p => p.Name == name)) throw DirectoryException.Conflict($"{key} has an app password \"{name}\" already");
            if (there.Count() >= MaxCount) throw DirectoryException.Invalid($"an account has at most {MaxCount} app passwords");
            return db.Insert(new AppPasswordRow { AccountId = id, Name = name, Hash = AppPassword.Hash(password)!, CreatedAt = _store.Clock.GetUtcNow().ToUnixTimeMilliseconds() });
        }, cancel).ConfigureAwait(false);
        return new(name, password);
    }

    public async Task RemoveAsync(string address, string name, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            return db.GetTable<AppPasswordRow>().Where(p => p.AccountId == id && p.Name == name).Delete() > 0
                ? true : throw DirectoryException.NotFound($"{key} has no app password \"{name}\"");
        }, cancel).ConfigureAwait(false);
    }
}

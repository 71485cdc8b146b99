using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Names;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <param name="CatchAll">Where mail for addresses goes that do not exist; null: it is refused.</param>
/// <param name="HasPostmaster">RFC 5321 §4.5.1 wants one in every domain.</param>
public sealed record DomainInfo(string Name, string? CatchAll, int Accounts, int Aliases, bool HasPostmaster, DateTimeOffset CreatedAt)
{
    /// <summary>Where its mail goes on to; null: to mailboxes here. Filled in by who knows the routes.</summary>
    public string? Route { get; init; }
}

/// <summary>The domains whose mail ends here.</summary>
public sealed class DomainAdmin
{
    private readonly DirectoryStore _store;

    internal DomainAdmin(DirectoryStore store) => _store = store;

    public Task<Page<DomainInfo>> ListAsync(string? after, int limit, CancellationToken cancel) => _store.ReadAsync(db =>
    {
        var domains = db.GetTable<DomainRow>();
        var rows = domains.Where(d => after == null || d.Name.CompareTo(after) > 0).OrderBy(d => d.Name).Take(limit + 1).ToArray();
        return new Page<DomainInfo>(domains.Count(), [.. rows.Take(limit).Select(d => Info(db, d))], rows.Length > limit ? rows[limit - 1].Name : null);
    }, new(0, [], null), cancel);

    public async Task<DomainInfo> ShowAsync(string domain, CancellationToken cancel)
    {
        string name = AddressText.ParseDomain(domain);
        return await _store.ReadAsync(db => Info(db, Row(db, name)), null, cancel).ConfigureAwait(false) ?? throw Unknown(name);
    }

    public async Task<DomainInfo> AddAsync(string? domain, string? catchAll, CancellationToken cancel)
    {
        string name = AddressText.ParseDomain(domain);
        return await _store.ChangeAsync(db =>
        {
            if (db.GetTable<DomainRow>().Any(d => d.Name == name)) throw DirectoryException.Conflict($"{name} is there already");
            db.Insert(new DomainRow { Name = name, CreatedAt = _store.Clock.GetUtcNow().ToUnixTimeMilliseconds() });
            if (catchAll is not null) CatchAll(db, name, catchAll);
            return Info(db, Row(db, name));
        }, cancel).ConfigureAwait(false);
    }

    /// <param name="catchAll">Empty: none.</param>
    public async Task<DomainInfo> SetCatchAllAsync(string domain, string catchAll, CancellationToken cancel)
    {
        string name = AddressText.ParseDomain(domain);
        return await _store.ChangeAsync(db =>
        {
            _ = Row(db, name);
            CatchAll(db, name, catchAll);
            return Info(db, Row(db, name));
        }, cancel).ConfigureAwait(false);
    }

    /// <summary>Refused while it has accounts or aliases.</summary>
    public async Task<DomainInfo> RemoveAsync(string domain, CancellationToken cancel)
    {
        string name = AddressText.ParseDomain(domain);
        return await _store.ChangeAsync(db =>
        {
            var info = Info(db, Row(db, name));
            if (info.Accounts + info.Aliases > 0) throw DirectoryException.Conflict($"{name} has {info.Accounts} accounts and {info.Aliases} aliases: remove them first");
            db.GetTable<DomainRow>().Where(d => d.Name == name).Delete();
            return info;
        }, cancel).ConfigureAwait(false);
    }

    private void CatchAll(DataConnection db, string name, string catchAll)
    {
        string? target = catchAll.Length == 0 ? null : Targets.Normalize(db, catchAll);
        db.GetTable<DomainRow>().Where(d => d.Name == name).Set(d => d.CatchAll, target).Update();
        if (target is not null) Targets.Check(db, _store.Settings, new("@" + name, null, target));
    }

    private static DomainRow Row(DataConnection db, string name) => db.GetTable<DomainRow>().FirstOrDefault(d => d.Name == name) ?? throw Unknown(name);

    private static DirectoryException Unknown(string name) => DirectoryException.NotFound($"{name} is no domain of ours");

    private static DomainInfo Info(DataConnection db, DomainRow row)
    {
        var addresses = db.GetTable<AddressRow>().Where(a => a.Domain == row.Name);
        return new(row.Name, row.CatchAll, addresses.Count(a => a.AccountId != null), addresses.Count(a => a.AccountId == null),
            row.CatchAll is not null || Rows.Address(db, "postmaster@" + row.Name) is not null, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt));
    }
}

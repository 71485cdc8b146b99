using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Names;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

public sealed record AliasInfo(string Address, IReadOnlyList<string> Targets);

/// <summary>Addresses that lead to others: with one target an alias, with several a group.</summary>
public sealed class AliasAdmin
{
    private readonly DirectoryStore _store;

    internal AliasAdmin(DirectoryStore store) => _store = store;

    /// <param name="domain">Null: all.</param>
    public Task<Page<AliasInfo>> ListAsync(string? domain, string? after, int limit, CancellationToken cancel)
    {
        string? name = domain is null ? null : AddressText.ParseDomain(domain);
        return _store.ReadAsync(db =>
        {
            var all = db.GetTable<AddressRow>().Where(a => a.AccountId == null && (name == null || a.Domain == name));
            string[] rows = [.. all.Where(a => after == null || a.Address.CompareTo(after) > 0).OrderBy(a => a.Address).Select(a => a.Address).Take(limit + 1)];
            var targets = new AddressLookup(db, _store.Settings).Targets(rows);
            return new Page<AliasInfo>(all.Count(), [.. rows.Take(limit).Select(a => new AliasInfo(a, [.. targets[a]]))], rows.Length > limit ? rows[limit - 1] : null);
        }, new(0, [], null), cancel);
    }

    public async Task<AliasInfo> ShowAsync(string address, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ReadAsync(db => Info(db, key), null, cancel).ConfigureAwait(false) ?? throw Unknown(key);
    }

    /// <summary>Makes an alias, or gives one more targets.</summary>
    public async Task<AliasInfo> AddAsync(string? address, IReadOnlyList<string> targets, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        if (targets.Count == 0) throw DirectoryException.Invalid("an alias needs a target");
        if (targets.Count > _store.Settings.MaxTargets) throw DirectoryException.Invalid($"an alias has at most {_store.Settings.MaxTargets} targets");
        return await _store.ChangeAsync(db =>
        {
            if (Rows.Address(db, key) is not { AccountId: null }) db.Insert(new AddressRow { Address = key, Domain = Rows.Free(db, key) });
            var there = Info(db, key).Targets.ToHashSet(StringComparer.Ordinal);
            foreach (string? text in targets)
            {
                string target = Targets.Normalize(db, text);
                if (there.Add(target)) db.Insert(new AliasTargetRow { Address = key, Target = target });
            }
            Targets.Check(db, _store.Settings, new(key, null, null));
            return Info(db, key);
        }, cancel).ConfigureAwait(false);
    }

    /// <summary>Removes targets, and the alias with its last one. Returns what is left.</summary>
    /// <param name="targets">Empty: all of it.</param>
    public async Task<AliasInfo> RemoveAsync(string address, IReadOnlyList<string> targets, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ChangeAsync(db =>
        {
            var there = Info(db, key).Targets;
            string[] gone = targets.Count == 0 ? [.. there] : [.. targets.Select(t => Targets.Normalize(db, t))];
            foreach (string target in gone)
            {
                // a target elsewhere may be one of ours by now
                int count = db.GetTable<AliasTargetRow>().Where(t => t.Address == key && t.Target == target).Delete();
                if (count == 0 && !there.Contains(target)) throw DirectoryException.NotFound($"{key} does not lead to {target}");
            }
            var left = Info(db, key);
            if (left.Targets.Count > 0) return left;
            Rows.NotATarget(db, key, _store.Settings.AddressSeparator);
            db.GetTable<AddressRow>().Where(a => a.Address == key).Delete();
            return left;
        }, cancel).ConfigureAwait(false);
    }

    private static AliasInfo Info(DataConnection db, string key) => Rows.Address(db, key) is { AccountId: null }
        ? new(key, [.. db.GetTable<AliasTargetRow>().Where(t => t.Address == key).OrderBy(t => t.Target).Select(t => t.Target)])
        : throw Unknown(key);

    private static DirectoryException Unknown(string key) => DirectoryException.NotFound($"there is no alias {key}");
}

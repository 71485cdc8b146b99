using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Names;
using Mta.Protocol.Addresses;

namespace Mta.Accounts.Store;

/// <summary>
/// What stands for addresses of ours: the address itself, else the one that its plus address belongs to, else its domain's catch-all. For one
/// use, within one reading of the database.
/// </summary>
internal sealed class AddressLookup(DataConnection db, AccountsSettings settings)
{
    // SQLite takes 32766 values in a statement, PostgreSQL 65535
    private const int Chunk = 500;
    private readonly Dictionary<string, DomainRow?> _domains = new(StringComparer.Ordinal);

    /// <param name="Key">Of the address found, or <c>@domain</c> for a catch-all: the same for all addresses with the same fate.</param>
    /// <param name="AccountId">Of an account's address.</param>
    /// <param name="CatchAll">The target of a catch-all; with neither it is an alias.</param>
    public sealed record Found(string Key, long? AccountId, string? CatchAll);

    public bool IsLocal(string domain) => Domain(domain) is not null;

    /// <summary>One answer for each address, in their order; null where there is none.</summary>
    public Found?[] Find(IReadOnlyList<MailPath> addresses)
    {
        var keys = addresses.Select(AddressKey.Of).ToArray();
        var bases = keys.Select(key => AddressKey.WithoutDetail(key, settings.AddressSeparator)).ToArray();
        var rows = Rows(keys.Concat(bases.OfType<string>()));
        return [.. addresses.Select((address, i) =>
            rows.TryGetValue(keys[i], out var row) || bases[i] is { } without && rows.TryGetValue(without, out row) ? new Found(row.Address, row.AccountId, null)
            : Domain(address.Domain)?.CatchAll is { } target ? new Found("@" + address.Domain, null, target)
            : null)];
    }

    public ILookup<string, string> Targets(IEnumerable<string> aliases) =>
        aliases.Chunk(Chunk).SelectMany(some => db.GetTable<AliasTargetRow>().Where(t => some.Contains(t.Address)).OrderBy(t => t.Target).ToArray())
            .ToLookup(t => t.Address, t => t.Target, StringComparer.Ordinal);

    /// <summary>Those of the accounts that take mail.</summary>
    public HashSet<long> TakingMail(IEnumerable<long> accounts) =>
        [.. accounts.Chunk(Chunk).SelectMany(some => db.GetTable<AccountRow>().Where(a => some.Contains(a.Id) && a.TakesMail).Select(a => a.Id).ToArray())];

    private Dictionary<string, AddressRow> Rows(IEnumerable<string> keys) =>
        keys.Distinct(StringComparer.Ordinal).Chunk(Chunk).SelectMany(some => db.GetTable<AddressRow>().Where(a => some.Contains(a.Address)).ToArray())
            .ToDictionary(a => a.Address, StringComparer.Ordinal);

    private DomainRow? Domain(string name)
    {
        if (!_domains.TryGetValue(name, out var row)) _domains[name] = row = db.GetTable<DomainRow>().FirstOrDefault(d => d.Name == name);
        return row;
    }
}

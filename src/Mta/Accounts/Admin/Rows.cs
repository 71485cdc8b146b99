using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <summary>What several changes look for.</summary>
internal static class Rows
{
    public static AddressRow? Address(DataConnection db, string key) => db.GetTable<AddressRow>().FirstOrDefault(a => a.Address == key);

    /// <summary>The id of an account; throws <see cref="DirectoryException"/> where there is none.</summary>
    public static long AccountId(DataConnection db, string key) =>
        Address(db, key)?.AccountId ?? throw DirectoryException.NotFound($"there is no account {key}");

    /// <summary>Throws <see cref="DirectoryException"/> unless a new account or alias may have this address.</summary>
    public static string Free(DataConnection db, string key)
    {
        string domain = key[(key.LastIndexOf('@') + 1)..];
        if (!db.GetTable<DomainRow>().Any(d => d.Name == domain)) throw DirectoryException.NotFound($"{domain} is no domain of ours: add it first");
        if (Address(db, key) is { } taken) throw DirectoryException.Conflict($"{key} is there already, as {(taken.AccountId is null ? "an alias" : "an account")}");
        return domain;
    }

    /// <summary>Throws <see cref="DirectoryException"/> while an alias or a catch-all leads to an address that is about to go.</summary>
    public static void NotATarget(DataConnection db, string key, string separator)
    {
        int at = key.LastIndexOf('@');
        string plus = key[..at] + separator;
        var exact = db.GetTable<AliasTargetRow>().Where(t => t.Target == key).Select(t => t.Address);
        var detailed = separator.Length == 0 ? [] : db.GetTable<AliasTargetRow>().Where(t => t.Target.StartsWith(plus)).AsEnumerable()
            .Where(t => Names.AddressKey.WithoutDetail(t.Target, separator) == key).Select(t => t.Address);
        if (exact.AsEnumerable().Concat(detailed).Order(StringComparer.Ordinal).FirstOrDefault() is { } alias)
            throw DirectoryException.Conflict($"the alias {alias} leads to {key}: remove that target first");
        if (db.GetTable<DomainRow>().FirstOrDefault(d => d.CatchAll == key) is { } domain)
            throw DirectoryException.Conflict($"the catch-all of {domain.Name} leads to {key}: change it first");
    }
}

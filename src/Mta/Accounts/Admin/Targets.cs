using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Names;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <summary>Judges, within a change, where an alias or a catch-all leads now: what cannot work is refused while somebody sees it.</summary>
internal static class Targets
{
    /// <summary>Aliases that lead to the changed one, as far as they are looked at.</summary>
    private const int MaxOuter = 1000;

    /// <summary>How a target is kept: one of ours by its key, one elsewhere as it was written, for its case is not ours to change.</summary>
    public static string Normalize(DataConnection db, string? text)
    {
        var path = AddressText.Parse(text);
        return db.GetTable<DomainRow>().Any(d => d.Name == path.Domain) ? AddressKey.Of(path) : $"{AddressKey.LocalPart(path)}@{path.Domain}";
    }

    /// <summary>Throws <see cref="DirectoryException"/> when it leads in a circle, to nobody, or to too many.</summary>
    /// <param name="changed">What was changed, as it stands in the database now.</param>
    public static void Check(DataConnection db, AccountsSettings settings, AddressLookup.Found changed)
    {
        var expansion = Expansion.Of(new(db, settings), settings, changed);
        if (expansion.IsLoop) throw DirectoryException.Conflict($"{changed.Key} would lead back to itself");
        if (expansion.Unknown is [var unknown, ..]) throw DirectoryException.Invalid($"there is no {unknown.Address}, though {unknown.Domain} is ours");
        if (expansion.IsTooLarge) throw TooLarge(changed.Key, settings);
        foreach (string outer in Outer(db, changed.Key))
            if (Expansion.Of(new(db, settings), settings, new(outer, null, null)).IsTooLarge) throw TooLarge(outer, settings);
    }

    private static DirectoryException TooLarge(string key, AccountsSettings settings) =>
        DirectoryException.Invalid($"{key} would lead to more than {settings.MaxTargets} addresses, or over more than {settings.MaxDepth} aliases");

    private static HashSet<string> Outer(DataConnection db, string key)
    {
        var (found, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>([key]));
        while (next.TryDequeue(out string? inner) && found.Count < MaxOuter)
            foreach (string alias in db.GetTable<AliasTargetRow>().Where(t => t.Target == inner).Select(t => t.Address).ToArray())
                if (found.Add(alias)) next.Enqueue(alias);
        return found;
    }
}

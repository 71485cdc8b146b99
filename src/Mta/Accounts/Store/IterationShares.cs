using System.Collections.Immutable;
using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts.Passwords;

namespace Mta.Accounts.Store;

/// <summary>
/// How many accounts have keys for SCRAM of how many iterations. After <c>scram-iterations</c> was changed, who has signed in since has the new number
/// and the others the old one: an invented name must have either as often, or the number alone would tell it from a real one.
/// </summary>
/// <param name="Accounts">By their number of iterations.</param>
internal sealed record IterationShares(ImmutableSortedDictionary<int, long> Accounts)
{
    public static IterationShares None { get; } = new(ImmutableSortedDictionary<int, long>.Empty);

    /// <summary>Reads every account's row.</summary>
    public static IterationShares Read(DataConnection db)
    {
        var accounts = ImmutableSortedDictionary.CreateBuilder<int, long>();
        // grouped by their first characters, which hold the number; of a short one also the first of the salt, whence the sum
        var groups = db.GetTable<AccountRow>().Where(a => a.Scram != null).GroupBy(a => a.Scram!.Substring(0, ScramSecret.NumberEnd))
            .Select(group => new { Start = group.Key, Count = group.LongCount() });
        foreach (var group in groups)
            if (ScramSecret.IterationsOf(group.Start) is { } iterations) accounts[iterations] = accounts.GetValueOrDefault(iterations) + group.Count;
        return new(accounts.ToImmutable());
    }

    /// <summary>The number of iterations to show for a name that has no keys.</summary>
    /// <param name="place">Of the name, from 0 to 1, always the same.</param>
    /// <param name="current">What new keys get. Its share comes first and grows: a name changes over once, as one that signs in does.</param>
    public int For(double place, int current)
    {
        double left = place * Accounts.Values.Sum() - Accounts.GetValueOrDefault(current);
        if (left < 0 || Accounts.IsEmpty) return current;
        int shown = current;
        foreach (var (iterations, count) in Accounts)
        {
            if (iterations == current) continue;
            shown = iterations;
            if ((left -= count) < 0) break;
        }
        return shown;
    }
}

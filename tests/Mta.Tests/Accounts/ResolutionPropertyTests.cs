using CsCheck;
using Mta.Accounts;

namespace Mta.Tests.Accounts;

/// <summary>Resolution against a model: aliases as a graph, of which a set is kept in memory.</summary>
public sealed class ResolutionPropertyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
    private static readonly string[] Aliases = [.. Enumerable.Range(0, 6).Select(i => $"a{i}@ours.test")];
    private static readonly string[] Ends = ["u0@ours.test", "u1@ours.test", "u2@ours.test", "r0@else.test", "r1@else.test"];

    private static readonly Gen<(bool Remove, string Alias, string Target)[]> Changes =
        Gen.Select(Gen.Int[0, 4].Select(n => n == 0), Gen.Int[0, Aliases.Length - 1].Select(i => Aliases[i]), Gen.Int[0, Aliases.Length + Ends.Length - 1].Select(i => i < Aliases.Length ? Aliases[i] : Ends[i - Aliases.Length])).Array[1, 25];

    [Fact]
    public async Task Mail_reaches_what_the_graph_reaches_and_no_circle_can_be_made() => await Changes.SampleAsync(async changes =>
    {
        using var bench = await DirectoryBench.With("u0", "u1", "u2");
        var model = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var (remove, alias, target) in changes)
        {
            var wanted = remove ? Remove(model, alias, target) : Add(model, alias, target);
            DirectoryError? outcome = null;
            try
            {
                if (remove) await bench.Admin.Aliases.RemoveAsync(alias, [target], Cancel);
                else await bench.Admin.Aliases.AddAsync(alias, [target], Cancel);
            }
            catch (DirectoryException e)
            {
                outcome = e.Error;
            }
            Assert.Equal(wanted, outcome);
        }
        foreach (string alias in Aliases)
        {
            string expected = model.ContainsKey(alias) ? string.Join(' ', Reach(model, alias).Where(a => !Aliases.Contains(a)).Order(StringComparer.Ordinal)) : "unknown";
            Assert.Equal(expected, await bench.Targets(alias));
            Assert.Equal(expected, await bench.Targets(alias.ToUpperInvariant().Replace("@", "+Detail@", StringComparison.Ordinal)));
        }
    }, iter: 25, threads: 1);

    private static DirectoryError? Add(SortedDictionary<string, SortedSet<string>> model, string alias, string target)
    {
        if (target == alias || Reach(model, target).Contains(alias)) return DirectoryError.Conflict;
        if (Aliases.Contains(target) && !model.ContainsKey(target)) return DirectoryError.Invalid;
        if (!model.TryGetValue(alias, out var targets)) model[alias] = targets = new(StringComparer.Ordinal);
        targets.Add(target);
        return null;
    }

    private static DirectoryError? Remove(SortedDictionary<string, SortedSet<string>> model, string alias, string target)
    {
        if (!model.TryGetValue(alias, out var targets) || !targets.Contains(target)) return DirectoryError.NotFound;
        if (targets.Count > 1) targets.Remove(target);
        else if (model.Any(m => m.Value.Contains(alias))) return DirectoryError.Conflict;
        else model.Remove(alias);
        return null;
    }

    private static HashSet<string> Reach(SortedDictionary<string, SortedSet<string>> model, string from)
    {
        var (reached, next) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>([from]));
        while (next.TryPop(out string? one))
            if (reached.Add(one) && model.TryGetValue(one, out var targets))
                foreach (string target in targets) next.Push(target);
        return reached;
    }
}

using Akka.Configuration.Hocon;

namespace Mta.Config;

/// <summary>The keys in which two configurations differ, defaults included, and which of them a running node takes up.</summary>
public static class ConfigChanges
{
    // What is read once, at the start: a key, or all below it.
    private static readonly string[] RestartKeys =
        ["akka", "mta.hostname", "mta.data-dir", "mta.log.format", "mta.spool", "mta.queue.partitions", "mta.queue.flush-interval", "mta.accounts", "mta.dns"];

    /// <summary>Whether a change of this key is in force only after a restart.</summary>
    public static bool TakesRestart(string path) => RestartKeys.Any(key => path == key || path.StartsWith(key + ".", StringComparison.Ordinal));

    /// <summary>Their paths, in order. A list is one value.</summary>
    public static IReadOnlyList<string> Between(ConfigFile old, ConfigFile now)
    {
        var (before, after) = (Flat(old), Flat(now));
        return [.. before.Keys.Union(after.Keys, StringComparer.Ordinal).Where(path => before.GetValueOrDefault(path) != after.GetValueOrDefault(path)).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> Flat(ConfigFile file)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(file.Raw.Root, "", flat);
        // a listener that is named and says no more
        foreach (string name in file.Mta.Section("listeners").Keys) flat.TryAdd($"mta.listeners.{name}", "");
        return flat;
    }

    private static void Add(HoconValue? value, string path, Dictionary<string, string> flat)
    {
        if (value?.IsObject() != true)
        {
            flat[path] = value?.ToString() ?? "";
            return;
        }
        foreach (var (name, member) in value.GetObject().Items) Add(member, path.Length == 0 ? name : $"{path}.{name}", flat);
    }
}

/// <summary>What became of a configuration that was read again, by the paths of the keys that differ.</summary>
/// <param name="InForce">Differ from what held before, and hold now.</param>
/// <param name="Restart">Differ from what the program was started with, and hold only after a restart.</param>
public sealed record ReloadReport(IReadOnlyList<string> InForce, IReadOnlyList<string> Restart);

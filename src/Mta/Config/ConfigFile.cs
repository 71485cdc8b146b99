using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Configuration;

namespace Mta.Config;

/// <summary>
/// The operator's configuration over the defaults of reference.conf. A key that the reference does not know is an error with its file,
/// line and the nearest known name: a typo must not silently leave a default in force.
/// </summary>
public sealed partial class ConfigFile
{
    /// <summary>What is said of a text on which the parser does not come to an end; none is known.</summary>
    internal const string Endless = "special characters are not in quotes";

    private static readonly TimeSpan ParserLimit = TimeSpan.FromSeconds(10);
    // Where the reference documents the items of a list, or the members that the operator names.
    private static readonly (string Prefix, string Template)[] Templates =
    [
        ("mta.relay.routes[].", "mta.relay.route-defaults."),
        ("mta.tls.certificates[].", "mta.tls.certificate-defaults."),
        ("mta.delivery.domains[].", "mta.delivery.domain-defaults."),
    ];

    private ConfigFile(Akka.Configuration.Config config, string name)
    {
        Name = name;
        Raw = config;
        Mta = new(config.GetConfig("mta"), "mta");
    }

    /// <summary>The file's path, or how the text came about.</summary>
    public string Name { get; }

    /// <summary>The section <c>mta</c>, complete with its defaults.</summary>
    public ConfigSection Mta { get; }

    /// <summary>The whole, with the <c>akka</c> section that the operator may have added to.</summary>
    public Akka.Configuration.Config Raw { get; }

    /// <summary>The text of an embedded file of <c>hocon/</c>.</summary>
    public static string Embedded(string name)
    {
        using var stream = typeof(ConfigFile).Assembly.GetManifestResourceStream($"hocon/{name}")
            ?? throw new ArgumentException($"no embedded {name}", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a file; throws <see cref="ConfigException"/> with one clear line.</summary>
    public static ConfigFile Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, "cannot be read: " + e.Message);
        }
    }

    /// <summary>Reads a text; <paramref name="name"/> stands for the file in errors.</summary>
    public static ConfigFile Parse(string text, string name)
    {
        string reference = Embedded("reference.conf");
        var keys = HoconKeys.Find(text);
        if (keys.Problem is var (line, what)) throw new ConfigException(Where(name, line), "is not well-formed: " + what);
        CheckKeys(keys.Keys, [.. HoconKeys.Find(reference).Keys.Select(k => k.Path)], name);
        Akka.Configuration.Config config;
        try
        {
            // there are texts on which the parser never comes to an end
            var parsing = Task.Run(() => ConfigurationFactory.ParseString(keys.ForParser()));
            if (Task.WaitAny([parsing], ParserLimit) < 0) throw new ConfigException(name, "is not well-formed: " + Endless);
            config = parsing.GetAwaiter().GetResult();
            if (config.Root?.IsObject() == true && config.GetValue("mta")?.IsObject() == false) throw new ConfigException(name, "mta must be a section, { … }");
            config = config.WithFallback(ConfigurationFactory.ParseString(reference));
        }
        catch (Exception e) when (e is not ConfigException)
        {
            throw new ConfigException(name, "is not well-formed: " + string.Join(' ', e.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('^', ' '));
        }
        return new(config, name);
    }

    /// <summary>Says where in its file a key stands, for an error about its value.</summary>
    public static string Locate(ConfigException error, string text, string name)
    {
        var keys = HoconKeys.Find(text).Keys;
        // a key that is missing or a default: the place of what it belongs to
        for (string path = ListIndex().Replace(error.Path, "[]"); path.Contains('.', StringComparison.Ordinal); path = path[..path.LastIndexOf('.')])
            if (keys.LastOrDefault(k => k.Path == path || k.Path.StartsWith(path + ".", StringComparison.Ordinal)) is { Path: not null } key)
                return $"{Where(name, key.Line)} {error.Message}";
        return error.Message.StartsWith(name, StringComparison.Ordinal) ? error.Message : $"{name}: {error.Message}";
    }

    private static string Where(string name, int line) => string.Create(CultureInfo.InvariantCulture, $"{name}:{line}:");

    private static void CheckKeys(IReadOnlyList<HoconKeys.Key> keys, HashSet<string> known, string name)
    {
        var opaque = known.Where(k => k.EndsWith("-defaults", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (key.Path == "akka" || key.Path.StartsWith("akka.", StringComparison.Ordinal)) continue;
            string path = Canonical(key.Path);
            // a dotted key such as mta.dns.servers stands for its parents too; a named listener is any name
            if (known.Contains(path) || opaque.Any(o => o == path) || ListenerName().IsMatch(path)) continue;
            if (known.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal))) continue;
            string nearest = known.MinBy(k => Distance(k, path))!;
            throw new ConfigException(Where(name, key.Line), $"unknown key \"{key.Path}\"; the nearest known one is \"{nearest}\"");
        }
    }

    private static string Canonical(string path)
    {
        foreach (var (prefix, template) in Templates)
            if (path.StartsWith(prefix, StringComparison.Ordinal)) return template + path[prefix.Length..];
        var listener = ListenerKey().Match(path);
        return listener.Success ? "mta.listener-defaults." + listener.Groups[1].Value : path;
    }

    [GeneratedRegex(@"^mta\.listeners\.[^.]+\.(.+)$")]
    private static partial Regex ListenerKey();

    [GeneratedRegex(@"^mta\.listeners\.[^.]+$")]
    private static partial Regex ListenerName();

    [GeneratedRegex(@"\[\d+\]")]
    private static partial Regex ListIndex();

    // edit distance (Levenshtein)
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0]++;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}

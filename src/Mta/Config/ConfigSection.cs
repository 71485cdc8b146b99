using System.Globalization;
using System.Net;
using Akka.Configuration;

namespace Mta.Config;

/// <summary>
/// A part of the configuration at <see cref="Path"/>, read with the checks that make a wrong value one clear line. Every key has its default
/// in reference.conf, so a missing key here is a programming error.
/// </summary>
public sealed class ConfigSection(Akka.Configuration.Config config, string path)
{
    public string Path { get; } = path;

    public string String(string key) => Value(key, () => config.GetString(key)) ?? "";

    /// <summary>Null where the value is empty: the way to write "none".</summary>
    public string? OptionalString(string key) => String(key) is { Length: > 0 } text ? text : null;

    public bool Bool(string key) => Value(key, () => config.GetBoolean(key));

    public int Int(string key, int min = 0, int max = int.MaxValue) => (int)Long(key, min, max);

    public long Long(string key, long min = 0, long max = long.MaxValue)
    {
        long value = Value(key, () => config.GetLong(key));
        return value >= min && value <= max ? value : throw Wrong(key, $"must be from {min} to {max}, is {value}");
    }

    public double Double(string key, double min = 0, double max = double.MaxValue)
    {
        double value = Value(key, () => double.Parse(config.GetString(key), CultureInfo.InvariantCulture));
        return value >= min && value <= max ? value : throw Wrong(key, $"must be from {min} to {max}, is {value}");
    }

    /// <summary>A time such as <c>5m</c>, <c>30s</c>, <c>500ms</c>, <c>5d</c>.</summary>
    public TimeSpan Duration(string key) => Value(key, () => config.GetTimeSpan(key, allowInfinite: false));

    /// <summary>Octets, such as <c>4KiB</c>, <c>64MiB</c>.</summary>
    public long Size(string key) => Value(key, () => config.GetByteSize(key)) ?? throw Wrong(key, "must be a size such as 64MiB");

    public IReadOnlyList<string> Strings(string key) =>
        Value(key, () => config.GetStringList(key).ToArray()) is { } texts && !texts.Contains(null) ? texts : throw Wrong(key, "must be a list of texts");

    public T Enum<T>(string key) where T : struct, System.Enum
    {
        string text = String(key);
        return System.Enum.TryParse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && !int.TryParse(text, out _)
            ? value
            : throw Wrong(key, $"must be one of {string.Join(", ", System.Enum.GetNames<T>()).ToLowerInvariant()}, is \"{text}\"");
    }

    public IPAddress? Address(string key) => OptionalString(key) is not { } text ? null
        : IPAddress.TryParse(text, out var address) ? address : throw Wrong(key, $"must be an IP address, is \"{text}\"");

    public IReadOnlyList<IPNetwork> Networks(string key) =>
        [.. Strings(key).Select(text => IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw Wrong(key, $"holds \"{text}\", which is no network such as 192.0.2.0/24"))];

    public bool IsSection(string key) => config.GetValue(key)?.IsObject() == true;

    public ConfigSection Section(string key)
    {
        try
        {
            if (config.GetValue(key) is not { } value) return new(Akka.Configuration.Config.Empty, $"{Path}.{key}");
            if (value.IsObject()) return new(config.GetConfig(key), $"{Path}.{key}");
        }
        catch (Exception e) when (e is not ConfigException)
        {
            // the parser's, where there is a plain value
        }
        throw Wrong(key, "must be a section, { … }");
    }

    /// <summary>The sections of a list such as <c>routes = [ { … }, { … } ]</c>, each with <paramref name="defaults"/> behind it.</summary>
    public IReadOnlyList<ConfigSection> Sections(string key, ConfigSection? defaults = null)
    {
        var value = config.GetValue(key);
        // an empty list is no array to the parser
        var list = value?.GetArray() ?? [];
        if ((list.Count == 0 && (value?.IsObject() == true || !string.IsNullOrEmpty(value?.GetString()))) || !list.All(item => item.IsObject()))
            throw Wrong(key, "must be a list of sections, [ { … } ]");
        return [.. list.Select((item, index) => new ConfigSection(
            item.ToConfig().WithFallback(defaults?.Raw ?? Akka.Configuration.Config.Empty), $"{Path}.{key}[{index}]"))];
    }

    /// <summary>The names directly below this section, in the order of the file.</summary>
    public IReadOnlyList<string> Keys => config.Root?.IsObject() == true ? [.. config.Root.GetObject().Items.Keys] : [];

    /// <summary>This section with <paramref name="defaults"/> behind it.</summary>
    public ConfigSection WithDefaults(ConfigSection defaults) => new(config.WithFallback(defaults.Raw), Path);

    private Akka.Configuration.Config Raw => config;

    /// <summary>The error to throw for a value that is well-formed but wrong.</summary>
    public ConfigException Wrong(string key, string what) => new($"{Path}.{key}", what);

    private T Value<T>(string key, Func<T> read)
    {
        if (!config.HasPath(key)) throw Wrong(key, "is missing");
        try
        {
            return read();
        }
        catch (Exception e) when (e is not ConfigException)
        {
            throw Wrong(key, $"cannot be read: \"{config.GetValue(key)}\" is not of the right kind");
        }
    }
}

/// <summary>A configuration that cannot be used; the message starts with the key's full path.</summary>
public sealed class ConfigException : Exception
{
    public ConfigException(string path, string what) : base($"{path} {what}".ReplaceLineEndings(" ")) => Path = path;

    /// <summary>The same error with the place where it stands; see <see cref="ConfigFile.Locate"/>.</summary>
    public ConfigException(ConfigException error, string text, string name) : base(ConfigFile.Locate(error, text, name), error) => Path = error.Path;

    public string Path { get; }
}

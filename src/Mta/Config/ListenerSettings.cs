using System.Net;

namespace Mta.Config;

/// <summary>What a listener speaks.</summary>
public enum ListenerKind : byte { Smtp, Http }

/// <summary>One of <c>mta.listeners</c>.</summary>
/// <param name="Section">The rest of its keys, with <c>mta.listener-defaults</c> behind them.</param>
public sealed record ListenerSettings(string Name, ListenerKind Kind, IPEndPoint EndPoint, ConfigSection Section)
{
    public static IReadOnlyList<ListenerSettings> All(ConfigSection mta)
    {
        var (listeners, defaults) = (mta.Section("listeners"), mta.Section("listener-defaults"));
        return [.. listeners.Keys.Select(name => From(name, listeners.Section(name).WithDefaults(defaults)))];
    }

    private static ListenerSettings From(string name, ConfigSection section)
    {
        string kind = section.OptionalString("kind") ?? name;
        if (!Enum.TryParse<ListenerKind>(kind, ignoreCase: true, out var parsed) || int.TryParse(kind, out _))
            throw section.Wrong("kind", $"must be one of {string.Join(", ", Enum.GetNames<ListenerKind>()).ToLowerInvariant()}: the name \"{name}\" does not say it");
        return new(name, parsed, new(section.Address("address") ?? IPAddress.IPv6Any, section.Int("port", 0, 65535)), section);
    }
}

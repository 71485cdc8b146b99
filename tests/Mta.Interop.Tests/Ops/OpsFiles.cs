using System.Text.RegularExpressions;

namespace Mta.Interop.Tests.Ops;

/// <summary>What operators get beside the program.</summary>
internal static partial class OpsFiles
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "ops");
    public static string Alerts { get; } = Path.Combine(Folder, "prometheus", "mta-alerts.yml");
    public static string Dashboard { get; } = Path.Combine(Folder, "grafana", "mta.json");
    public static string Unit { get; } = Path.Combine(Folder, "systemd", "mta.service");

    /// <summary>docs/operation.md.</summary>
    public static string Manual { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "operation.md"));

    /// <summary>The types of the metrics that the manual has, by name.</summary>
    public static IReadOnlyDictionary<string, string> Metrics { get; } =
        MetricRow().Matches(Manual).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["type"].Value, StringComparer.Ordinal);

    /// <summary>The names of metrics in a text, a histogram's parts by the histogram's.</summary>
    public static IReadOnlyCollection<string> MetricsIn(string text) => [.. MetricName().Matches(text).Select(m => Part().Replace(m.Value, "")).Distinct().Order()];

    [GeneratedRegex(@"^\| `(?<name>mta_[a-z0-9_]+)` \| (?<type>gauge|counter|histogram) \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"\bmta_[a-z0-9_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part();
}

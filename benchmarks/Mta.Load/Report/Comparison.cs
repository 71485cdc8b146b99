using System.Collections.Immutable;
using Spectre.Console;

namespace Mta.Load.Report;

/// <summary>Two runs beside each other.</summary>
public static class Comparison
{
    /// <summary>A figure of both runs; <see cref="Change"/> is relative to the old one, and better where it is for the good.</summary>
    public sealed record Row(string Name, string Old, string New, double Change, bool IsBetter);

    public static ImmutableArray<Row> Rows(LoadResult old, LoadResult now) =>
    [
        Compare("rate", old.Rate, now.Rate, Text.Rate, moreIsBetter: true),
        Compare("errors", old.ErrorRate, now.ErrorRate, Text.Percent, moreIsBetter: false),
        Compare("p50", old.Latency.P50, now.Latency.P50, Text.Milliseconds, moreIsBetter: false),
        Compare("p95", old.Latency.P95, now.Latency.P95, Text.Milliseconds, moreIsBetter: false),
        Compare("p99", old.Latency.P99, now.Latency.P99, Text.Milliseconds, moreIsBetter: false),
        Compare("p99.9", old.Latency.P999, now.Latency.P999, Text.Milliseconds, moreIsBetter: false),
        .. now.Stages.Where(s => s.Stage < Stage.Message && s.Count > 0 && old.Stages[(int)s.Stage].Count > 0)
            .Select(s => Compare($"{Text.Name(s.Stage)} p99", old.Stages[(int)s.Stage].P99, s.P99, Text.Milliseconds, moreIsBetter: false)),
        .. old.Arrived?.Latency is { } before && now.Arrived?.Latency is { } after
            ? [Compare("end to end p99", before.P99, after.P99, Text.Milliseconds, moreIsBetter: false)]
            : Array.Empty<Row>(),
    ];

    public static Table Render(LoadResult old, LoadResult now)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "Before", "Now", "Change");
        foreach (var column in table.Columns.Skip(1)) column.RightAligned();
        foreach (var row in Rows(old, now))
            table.AddRow(row.Name, row.Old, row.New, row.Change == 0 ? "" : $"[{(row.IsBetter ? "green" : "red")}]{Percent(row.Change)}[/]");
        return table;
    }

    internal static string Percent(double change) => double.IsInfinity(change) ? "new" : FormattableString.Invariant($"{change * 100:+0.0;-0.0} %");

    private static Row Compare(string name, double old, double now, Func<double, string> format, bool moreIsBetter)
    {
        double change = old == now ? 0 : old == 0 ? double.PositiveInfinity : (now - old) / old;
        return new(name, format(old), format(now), change, change > 0 == moreIsBetter);
    }
}

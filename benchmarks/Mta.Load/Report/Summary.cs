using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mta.Load.Report;

/// <summary>The end of a run on a terminal or in a log: what was sent, how long it took, what went wrong.</summary>
public static class Summary
{
    public static IRenderable Render(LoadResult result)
    {
        var c = result.Counts;
        var facts = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Fact("Target", $"{result.Target} ({result.Description})");
        Fact("Messages", $"{Text.Count(c.Accepted)} accepted, {Text.Count(c.Failed)} failed ({Text.Percent(result.ErrorRate)})"
            + (c.Unconfirmed > 0 ? $", of these {Text.Count(c.Unconfirmed)} with no answer to their text" : ""));
        if (c.RecipientsAccepted + c.RecipientsRefused > c.Accepted + c.Failed)
            Fact("Recipients", $"{Text.Count(c.RecipientsAccepted)} accepted, {Text.Count(c.RecipientsRefused)} refused");
        Fact("Rate", $"{Text.Rate(result.Rate)} over {Text.Milliseconds(result.Seconds * 1000)}, {Text.Octets(result.Seconds > 0 ? c.Octets / result.Seconds : 0)}/s");
        Fact("Connections", $"{Text.Count(c.PeakConnections)} at most");
        Fact("Own cost", FormattableString.Invariant($"{result.CpuPerMessage:0.000} ms of processor time a message"));
        if (result.Arrived is { } a)
        {
            Fact("Arrived", $"{Text.Count(a.Messages)} of {Text.Count(c.Accepted)}, {Text.Count(a.Lost)} lost, {Text.Count(a.Doubled)} doubled");
            if (a.Latency is { } l) Fact("End to end", $"p50 {Text.Milliseconds(l.P50)}, p90 {Text.Milliseconds(l.P90)}, p99 {Text.Milliseconds(l.P99)}, p99.9 {Text.Milliseconds(l.P999)}, max {Text.Milliseconds(l.Max)}");
        }
        if (result.IsCancelled) Fact("", "The run was broken off.");
        var space = new Spectre.Console.Text("");
        return new Rows([facts, space, Latencies(result), .. result.Errors.IsEmpty ? Array.Empty<IRenderable>() : [space, Errors(result)]]);

        void Fact(string name, string value) => facts.AddRow(new Markup($"[bold]{name}[/]"), new Spectre.Console.Text(value));
    }

    /// <summary>A row for each stage that was measured.</summary>
    internal static Table Latencies(LoadFigures figures)
    {
        var table = Table("Stage", "Count", "p50", "p90", "p95", "p99", "p99.9", "Max");
        foreach (var column in table.Columns.Skip(1)) column.RightAligned();
        foreach (var s in figures.Stages.Where(s => s.Count > 0))
        {
            string[] cells = [Text.Name(s.Stage), Text.Count(s.Count), .. new[] { s.P50, s.P90, s.P95, s.P99, s.P999, s.Max }.Select(Text.Milliseconds)];
            table.AddRow([.. cells.Select(cell => s.Stage == Stage.Message ? $"[bold]{cell}[/]" : cell)]);
        }
        return table;
    }

    /// <param name="width">Cuts the texts so that each error is one line of so many columns.</param>
    internal static Table Errors(LoadFigures figures, int most = 20, int width = int.MaxValue)
    {
        var table = Table("Errors", "Stage", "Code", "First text");
        table.Columns[0].RightAligned();
        table.Columns[^1].NoWrap = false;
        foreach (var e in figures.Errors.Take(most))
            table.AddRow($"[red]{Text.Count(e.Count)}[/]", Text.Name(e.Stage), e.Code > 0 ? $"{e.Code}" : "-", Markup.Escape(Cut(e.Text.ReplaceLineEndings(" "), width - 32)));
        return table;
    }

    // no lines between: a terminal has 24 of them
    private static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (string column in columns) table.AddColumn(new TableColumn($"[grey]{column}[/]").Padding(0, 0, 2, 0).NoWrap());
        return table;
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..Math.Max(0, length - 1)] + "…";
}

using System.Globalization;
using System.Net;
using System.Text;

namespace Mta.Load.Report;

/// <summary>A run as one HTML file: charts, tables, light and dark, no scripts, nothing from elsewhere.</summary>
public static class HtmlReport
{
    /// <summary>The file's text; with an earlier run, how the figures changed since.</summary>
    public static string Write(LoadResult result, LoadResult? old)
    {
        var html = new StringBuilder(Head(result));
        Tiles(html, result);
        double[] seconds = [.. result.Points.Select(p => p.Seconds)];
        Section(html, "Rate", "Messages accepted a second" + (result.Counts.Failed > 0 ? ", and <i class=\"bad\">failed</i>" : ""),
            SvgChart.Lines(seconds, Text.Count, fills: true, [
                new("accepted", "good", [.. result.Points.Select(p => p.Rate)]),
                .. result.Counts.Failed > 0 ? [new Series("failed", "bad", [.. result.Points.Select(p => p.Failures)])] : Array.Empty<Series>()]));
        Section(html, "Latency over time", "Of messages, from when they were meant to start: <i class=\"p50\">p50</i> <i class=\"p95\">p95</i> <i class=\"p99\">p99</i>",
            SvgChart.Lines(seconds, Text.Milliseconds, fills: false,
                new("p99", "p99", [.. result.Points.Select(p => p.P99)]),
                new("p95", "p95", [.. result.Points.Select(p => p.P95)]),
                new("p50", "p50", [.. result.Points.Select(p => p.P50)])));
        Section(html, "Distribution of latency", "Messages by how long they took; the scale is logarithmic", SvgChart.Histogram(result.Histogram));
        Stages(html, result);
        if (result.Arrived?.Latency is { } l)
        {
            Section(html, "End to end", "From a message's sending to the 250 of the sink at the other end, as the sink measured it",
                Table(["", "p50", "p90", "p99", "p99.9", "Max"], [("", ["end to end", .. new[] { l.P50, l.P90, l.P99, l.P999, l.Max }.Select(Text.Milliseconds)])]));
        }
        Errors(html, result);
        if (old is not null) Changes(html, old, result);
        return html.Append(CultureInfo.InvariantCulture, $"<footer>mta load, {result.StartedAt:yyyy-MM-dd HH:mm:ss 'UTC'}, run {result.Run}</footer></main></body></html>\n").ToString();
    }

    private static string Head(LoadResult result) => $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>mta load {{Encode(result.Target)}}</title>
        <style>
        :root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b2430; --soft: #667085; --grid: #e4e7ec; --good: #12805c; --bad: #c8362c; --p50: #1f6feb; --p95: #b26a00; --p99: #a3248f; }
        @media (prefers-color-scheme: dark) { :root { --back: #0f141b; --card: #182029; --text: #e6eaf0; --soft: #93a0b4; --grid: #2a3441; --good: #3ecf8e; --bad: #ff7b72; --p50: #6cb0ff; --p95: #f0b04b; --p99: #e78be0; } }
        * { box-sizing: border-box } body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
        main { max-width: 1000px; margin: 0 auto; padding: 32px 20px } h1 { margin: 0; font-size: 26px } h2 { margin: 0; font-size: 17px } p { margin: 0 0 10px; color: var(--soft) }
        .tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 20px 0 }
        .tiles div, section { background: var(--card); border: 1px solid var(--grid); border-radius: 10px; padding: 14px 18px }
        @media (max-width: 700px) { .tiles { grid-template-columns: 1fr 1fr } } .tiles b { display: block; white-space: nowrap; font-size: 24px; line-height: 1.3; font-variant-numeric: tabular-nums } .tiles span { color: var(--soft); font-size: 13px }
        section { margin: 0 0 16px } svg { display: block; width: 100%; height: auto } svg text { fill: var(--soft); font-size: 11px } .grid { stroke: var(--grid) }
        .line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round } .area { fill: currentColor; opacity: .14 } .dot { fill: currentColor } .bar { fill: var(--p50) }
        .good { color: var(--good) } .bad { color: var(--bad) } .p50 { color: var(--p50) } .p95 { color: var(--p95) } .p99 { color: var(--p99) } i { font-style: normal; font-weight: 600 }
        .scroll { overflow-x: auto } table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums } th { color: var(--soft); font-weight: 500 }
        th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap } th:first-child, td:first-child, .text { text-align: left } .text { white-space: normal; overflow-wrap: anywhere }
        tr:last-child td { border: 0 } .whole td { font-weight: 600 } footer { color: var(--soft); font-size: 13px } @media print { section { break-inside: avoid } }
        </style></head><body><main>
        <h1>{{Encode(result.Target)}}</h1><p>{{Encode(result.Description)}}{{(result.IsCancelled ? ". The run was broken off." : "")}}</p>

        """;

    private static void Tiles(StringBuilder html, LoadResult result)
    {
        var c = result.Counts;
        html.Append("<div class=\"tiles\">");
        Tile(Text.Rate(result.Rate), "messages accepted");
        Tile(Text.Count(c.Accepted), $"accepted in {Text.Time(result.Seconds)}");
        Tile(Text.Count(c.Failed), $"failed ({Text.Percent(result.ErrorRate)})", c.Failed > 0 ? "bad" : "");
        Tile(Text.Milliseconds(result.Latency.P50), "p50 latency");
        Tile(Text.Milliseconds(result.Latency.P99), "p99 latency");
        Tile(Text.Count(c.PeakConnections), "connections at most");
        Tile(Text.Octets(c.Octets), "of message text");
        if (result.Arrived is { } a)
        {
            Tile(Text.Count(a.Messages), "arrived at the sink");
            Tile(Text.Count(a.Lost), "lost", a.Lost > 0 ? "bad" : "");
            Tile(Text.Count(a.Doubled), "doubled", a.Doubled > 0 ? "bad" : "");
            Tile(Text.Milliseconds(a.Latency?.P99 ?? 0), "p99 end to end");
        }
        Tile($"{result.CpuPerMessage.ToString("0.000", CultureInfo.InvariantCulture)} ms", "own CPU a message");
        html.Append("</div>\n");

        void Tile(string value, string name, string style = "") => html.Append(CultureInfo.InvariantCulture, $"<div><b class=\"{style}\">{value}</b><span>{name}</span></div>");
    }

    private static void Section(StringBuilder html, string title, string note, string content) =>
        html.Append(CultureInfo.InvariantCulture, $"<section><h2>{title}</h2><p>{note}</p>{content}</section>\n");

    private static void Stages(StringBuilder html, LoadResult result) =>
        Section(html, "Latency by stage", "connect: until the greeting; ehlo: until ready, with STARTTLS and AUTH; wait: until a session took the message whose time had come; mail, rcpt, data: from the packet that held the command; "
            + "final: from the text to its reply; message: all, from when it was meant to start",
            Table(["Stage", "Count", "Mean", "p50", "p90", "p95", "p99", "p99.9", "Max"], result.Stages.Where(s => s.Count > 0).Select(s => (
                s.Stage == Stage.Message ? "whole" : "",
                (string[])[Text.Name(s.Stage), Text.Count(s.Count), .. new[] { s.Mean, s.P50, s.P90, s.P95, s.P99, s.P999, s.Max }.Select(Text.Milliseconds)]))));

    private static void Errors(StringBuilder html, LoadResult result)
    {
        if (result.Errors.IsEmpty) return;
        Section(html, "Errors", "By stage and reply code; a message with several recipients can have several",
            Table(["Stage", "Code", "Count", "First text"], result.Errors.Select(e => (
                "", (string[])[Text.Name(e.Stage), e.Code > 0 ? e.Code.ToString(CultureInfo.InvariantCulture) : "-", Text.Count(e.Count), e.Text.ReplaceLineEndings(" ")]))));
    }

    private static void Changes(StringBuilder html, LoadResult old, LoadResult result) =>
        Section(html, "Compared", Encode($"With the run of {old.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}: {old.Target} ({old.Description})"),
            Table(["", "Before", "Now", "Change"], Comparison.Rows(old, result).Select(r => (
                r.Change == 0 ? "" : r.IsBetter ? "good" : "bad", (string[])[r.Name, r.Old, r.New, r.Change == 0 ? "" : Comparison.Percent(r.Change)]))));

    private static string Table(string[] columns, IEnumerable<(string Class, string[] Cells)> rows)
    {
        var table = new StringBuilder("<div class=\"scroll\"><table><tr>");
        foreach (string column in columns) table.Append(CultureInfo.InvariantCulture, $"<th{TextClass(column)}>{column}</th>");
        table.Append("</tr>");
        foreach (var (style, cells) in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"<tr class=\"{style}\">");
            foreach (var (column, cell) in columns.Zip(cells)) table.Append(CultureInfo.InvariantCulture, $"<td{TextClass(column)}>{Encode(cell)}</td>");
            table.Append("</tr>");
        }
        return table.Append("</table></div>").ToString();

        static string TextClass(string column) => column == "First text" ? " class=\"text\"" : "";
    }

    // what a server or the command line said must not become part of the page
    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mta.Load.Sink;

/// <summary>What a sink shows while it runs and at the end.</summary>
public static class SinkPage
{
    private const int Wide = 100;

    /// <summary>Renders once a second until <paramref name="stop"/>: a live page on a terminal, otherwise a line.</summary>
    public static async Task ShowAsync(SinkServer sink, IAnsiConsole console, TimeProvider clock, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        if (console.Profile.Capabilities.Interactive)
        {
            await console.Live(Live()).AutoClear(true).StartAsync(async live =>
            {
                while (await Ticks(timer, stop))
                {
                    live.UpdateTarget(Live());
                    live.Refresh();
                }
            });
            return;
        }
        while (await Ticks(timer, stop)) console.Profile.Out.Writer.WriteLine(Line(sink.Summary()));

        // the line below is where the cursor stands
        IRenderable Live() => Render(sink.Summary(), console.Profile.Width, console.Profile.Height - 1);
    }

    /// <summary>The whole as one line.</summary>
    public static string Line(SinkSummary summary)
    {
        string refused = string.Join(' ', summary.Providers.SelectMany(p => p.Refused).GroupBy(r => r.Key, r => r.Value).OrderBy(g => g.Key)
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key}:{g.Sum()}")));
        return string.Create(CultureInfo.InvariantCulture,
            $"{summary.Seconds,7:f0} s  {summary.Messages,10} messages  {summary.Providers.Sum(p => p.Rate),8:f0}/s  {summary.Open,6} connections  refused {(refused.Length > 0 ? refused : "none")}")
            + (summary.Check is { } check ? string.Create(CultureInfo.InvariantCulture, $"  lost {check.Lost} doubled {check.Doubled}") : "");
    }

    /// <summary>The page. Where it would be taller than so many lines, what was refused is cut; where it is narrow, columns are left out.</summary>
    public static IRenderable Render(SinkSummary summary, int width = int.MaxValue, int height = int.MaxValue)
    {
        bool isWide = width >= Wide;
        var table = new Table().Border(TableBorder.None);
        foreach (var (name, isShown, _) in Columns(isWide))
            if (isShown) table.AddColumn(new TableColumn($"[grey]{name}[/]") { Alignment = name == "Provider" ? Justify.Left : Justify.Right }.Padding(0, 0, 2, 0).NoWrap());
        ProviderSummary[] lines = [.. summary.Providers, .. summary.Providers.Count > 1 ? [Total(summary)] : Array.Empty<ProviderSummary>()];
        foreach (var p in lines) table.AddRow([.. Columns(isWide).Where(c => c.IsShown).Select(c => c.Cell(p))]);

        List<IRenderable> foot =
        [
            new Text(string.Create(CultureInfo.InvariantCulture,
                $"{summary.Octets / 1048576.0:f1} MiB, {summary.Rate:f0} messages/s from the first to the last, {summary.CpuMillisecondsPerMessage:f3} ms CPU a message")),
        ];
        if (summary.Check is { } check) foot.AddRange(Render(check));
        if (summary.Returns is { } r)
        {
            foot.Add(new Text(string.Create(CultureInfo.InvariantCulture,
                $"came back: {r.Bounces} bounces, {r.Complaints} complaints: {r.Sent} mailed, {r.Waiting} waiting, {r.Failed} failed, {r.Dropped} dropped"),
                new Style(r.Failed + r.Dropped > 0 ? Color.Red : Color.Default)));
        }
        // what is narrow takes two lines where it wraps
        int room = height - 2 - lines.Length - foot.Count * (isWide ? 1 : 2);
        var refused = summary.Providers.Where(p => p.Refused.Count > 0).Take(Math.Max(0, room)).Select(p => new Text($"{p.Name} refused: {Codes(p)}") { Overflow = Overflow.Ellipsis });
        var title = new Markup(string.Create(CultureInfo.InvariantCulture, $"[bold]mta sink[/], {summary.Seconds:f0} s"));
        return new Rows([title, table, .. refused, .. foot]);
    }

    private static IEnumerable<(string Name, bool IsShown, Func<ProviderSummary, string> Cell)> Columns(bool isWide) =>
    [
        ("Provider", true, p => Markup.Escape(p.Name)),
        ("Domains", isWide, p => Number(p.Domains)),
        ("Messages", true, p => Number(p.Messages)),
        ("Now/s", true, p => Number(p.Rate)),
        ("Peak/s", isWide, p => p.PeakRate > 0 ? Number(p.PeakRate) : ""),
        ("Open", true, p => Number(p.Open)),
        ("Peak", isWide, p => p.PeakOpen > 0 ? Number(p.PeakOpen) : ""),
        ("Connections", true, p => Number(p.Connections)),
        ("Refused", true, p => Number(p.Refused.Values.Sum())),
        ("Faults", true, p => Number(p.Faults)),
    ];

    private static IEnumerable<IRenderable> Render(CheckSummary check)
    {
        yield return new Text(string.Create(CultureInfo.InvariantCulture,
            $"{check.Messages} different messages, {check.Deliveries} deliveries: lost {check.Lost}, doubled {check.Doubled}, reordered {check.Reordered}, without id {check.Untraced}, unchecked {check.Unchecked}"),
            new Style(check.Lost + check.Doubled > 0 ? Color.Red : Color.Green));
        if (check.Latency is { } l)
        {
            yield return new Text(string.Create(CultureInfo.InvariantCulture,
                $"end to end, ms: p50 {l.P50:f1}, p90 {l.P90:f1}, p99 {l.P99:f1}, p99.9 {l.P999:f1}, max {l.Max:f1}"));
        }
    }

    private static async Task<bool> Ticks(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static ProviderSummary Total(SinkSummary s) => new()
    {
        Name = "all",
        Description = "",
        Domains = s.Providers.Sum(p => p.Domains),
        Messages = s.Messages,
        Recipients = s.Recipients,
        Octets = s.Octets,
        Connections = s.Connections,
        Open = s.Open,
        // peaks of different moments do not add up
        PeakOpen = 0,
        Rate = s.Providers.Sum(p => p.Rate),
        PeakRate = 0,
        Faults = s.Providers.Sum(p => p.Faults),
        Refused = new(s.Providers.SelectMany(p => p.Refused).GroupBy(r => r.Key, r => r.Value).ToDictionary(g => g.Key, g => g.Sum())),
    };

    private static string Codes(ProviderSummary p) => string.Join(", ", p.Refused.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} × {r.Value}")));

    private static string Number(double value) => value.ToString("f0", CultureInfo.InvariantCulture);
}

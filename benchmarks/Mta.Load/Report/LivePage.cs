using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mta.Load.Report;

/// <summary>The page that a terminal shows during a run; rendered anew each second, never taller than the terminal.</summary>
public static class LivePage
{
    private const string Blocks = " ▁▂▃▄▅▆▇█";
    private const int ChartHeight = 5;
    private const int MaxErrors = 6;

    public static IRenderable Render(LoadOptions options, TimeSpan elapsed, LoadFigures figures, int width)
    {
        var c = figures.Counts;
        var last = figures.Points is [.., var point] ? point : new SecondPoint(0, 0, 0, 0, 0, 0, c.Connections);
        var head = new Markup($"[bold]{Text.Rate(last.Rate)}[/]   {Text.Count(c.Accepted)} accepted   "
            + (c.Failed > 0 ? $"[red]{Text.Count(c.Failed)} failed ({Text.Percent(figures.ErrorRate)})[/]" : "0 failed")
            + $"   {Text.Count(c.Connections)} connections   {Progress(options, elapsed, c)}");
        List<IRenderable> rows = [head, new Spectre.Console.Text("")];
        int room = Math.Max(10, width - 16);
        rows.Add(Chart([.. figures.Points.TakeLast(room).Select(p => p.Rate)], "green", Text.Rate, "messages a second"));
        rows.Add(Chart([.. figures.Points.TakeLast(room).Select(p => p.P99)], "yellow", Text.Milliseconds, "p99 of messages"));
        rows.Add(Summary.Latencies(figures));
        if (!figures.Errors.IsEmpty) rows.Add(Summary.Errors(figures, MaxErrors));
        return new Panel(new Rows(rows)).Header($" mta load {Markup.Escape($"{options.Target.Host}:{options.Target.Port}")} ").Expand().RoundedBorder();
    }

    private static string Progress(LoadOptions options, TimeSpan elapsed, LoadCounts counts)
    {
        string time = Text.Time(elapsed.TotalSeconds);
        if (elapsed == TimeSpan.Zero) return "connecting";
        if (options.Count is { } count) return $"{time}   {Text.Percent((double)(counts.Accepted + counts.Failed) / count)}";
        return (options.Duration ?? options.Arrivals?.Length) is { } length ? $"{time} of {Text.Time(length.TotalSeconds)}" : time;
    }

    /// <summary>Columns of block characters, an eighth of a line high each, with the greatest value as the scale.</summary>
    private static Markup Chart(double[] values, string color, Func<double, string> format, string title)
    {
        double most = values.Length == 0 ? 0 : values.Max();
        var lines = new string[ChartHeight];
        for (int line = 0; line < ChartHeight; line++)
        {
            int below = (ChartHeight - 1 - line) * 8;
            var columns = values.Select(v => Blocks[Math.Clamp((most > 0 ? (int)Math.Ceiling(v / most * ChartHeight * 8) : 0) - below, 0, 8)]);
            string label = line == 0 ? format(most) : line == ChartHeight - 1 ? "0" : "";
            lines[line] = $"[grey]{label,11}│[/][{color}]{string.Concat(columns)}[/]";
        }
        return new Markup($"[grey]{title}[/]\n{string.Join('\n', lines)}\n");
    }
}

using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mta.Load.Report;

/// <summary>The page that a terminal shows during a run; rendered anew each second, never taller than the terminal: charts shrink, and go where there is no room.</summary>
public static class LivePage
{
    private const string Blocks = " ▁▂▃▄▅▆▇█";
    private const int MaxErrors = 6, LeastChart = 3, MostChart = 12;

    // the frame, the first line (two where the terminal is narrow), an empty one, and the one below where the cursor stands
    private const int Furniture = 5;
    private const int Narrow = 100;

    public static IRenderable Render(LoadOptions options, TimeSpan elapsed, LoadFigures figures, int width, int height)
    {
        var c = figures.Counts;
        var last = figures.Points is [.., var point] ? point : new SecondPoint(0, 0, 0, 0, 0, 0, c.Connections);
        List<IRenderable> rows =
        [
            new Markup($"[bold]{Text.Rate(last.Rate)}[/]   {Text.Count(c.Accepted)} accepted   "
                + (c.Failed > 0 ? $"[red]{Text.Count(c.Failed)} failed ({Text.Percent(figures.ErrorRate)})[/]" : "0 failed")
                + $"   {Text.Count(c.Connections)} connections   {Progress(options, elapsed, c)}"),
        ];
        // what is left by the tables, a line of headings each, is for the charts: two, or one, or none
        int room = height - Furniture - (width < Narrow ? 1 : 0) - (1 + figures.Stages.Count(s => s.Count > 0));
        // a chart before the fourth error
        int errors = Math.Min(figures.Errors.Length, Math.Clamp(room - LeastChart - 4, Math.Clamp(room - 2, 0, 3), MaxErrors));
        if (errors > 0) room -= errors + 2;
        int charts = room >= 2 * (LeastChart + 2) ? 2 : room >= LeastChart + 2 ? 1 : 0;
        if (charts > 0)
        {
            int lines = Math.Min(room / charts - 2, MostChart), seconds = Math.Max(10, width - 16);
            rows.Add(Chart([.. figures.Points.TakeLast(seconds).Select(p => p.Rate)], lines, "green", Text.Rate, "messages a second"));
            if (charts > 1) rows.Add(Chart([.. figures.Points.TakeLast(seconds).Select(p => p.P99)], lines, "yellow", Text.Milliseconds, "p99 of messages"));
        }
        rows.Add(Summary.Latencies(figures));
        if (errors > 0) rows.AddRange([new Spectre.Console.Text(""), Summary.Errors(figures, errors, width - 6)]);
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
    private static Markup Chart(double[] values, int height, string color, Func<double, string> format, string title)
    {
        double most = values.Length == 0 ? 0 : values.Max();
        var lines = new string[height];
        for (int line = 0; line < height; line++)
        {
            int below = (height - 1 - line) * 8;
            var columns = values.Select(v => Blocks[Math.Clamp((most > 0 ? (int)Math.Ceiling(v / most * height * 8) : 0) - below, 0, 8)]);
            string label = line == 0 ? format(most) : line == height - 1 ? "0" : "";
            lines[line] = $"[grey]{label,11}│[/][{color}]{string.Concat(columns)}[/]";
        }
        return new Markup($"[grey]{title}[/]\n{string.Join('\n', lines)}\n");
    }
}

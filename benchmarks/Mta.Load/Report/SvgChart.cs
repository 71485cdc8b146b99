using System.Globalization;
using System.Net;
using System.Text;

namespace Mta.Load.Report;

/// <summary>A line of a chart: its name, the class that gives it its colour, a value for each point in time.</summary>
internal sealed record Series(string Name, string Class, double[] Values);

/// <summary>Charts as SVG that stands in HTML; colours and fonts are the page's.</summary>
internal static class SvgChart
{
    private const double Width = 760, Height = 240, Left = 64, Right = 12, Top = 14, Bottom = 28;
    private const double PlotWidth = Width - Left - Right, PlotHeight = Height - Top - Bottom;
    // a screen has no more columns to show
    private const int MaxPoints = 600;

    /// <summary>Values over time, from 0.</summary>
    public static string Lines(double[] seconds, Func<double, string> format, bool fills, params Series[] series)
    {
        if (seconds.Length == 0) return Empty("The run was over before there was anything to draw.");
        double end = seconds[^1], most = Ceiling(series.Max(s => s.Values.DefaultIfEmpty().Max()));
        var svg = Begin(most, format);
        double step = Ceiling(end / 8);
        for (double t = 0; t <= end; t += step) Label(svg, X(t), end < 8 ? $"{t.ToString("0.##", CultureInfo.InvariantCulture)} s" : Text.Time(t));
        int stride = (seconds.Length + MaxPoints - 1) / MaxPoints;
        foreach (var s in series)
        {
            var path = new StringBuilder();
            double first = X(0), last = first;
            for (int i = 0; i < seconds.Length; i += stride)
            {
                // of the points that share a column, the greatest: a peak must not get lost
                double value = s.Values.AsSpan(i, Math.Min(stride, seconds.Length - i)).ToArray().Max();
                last = X(seconds[Math.Min(i + stride, seconds.Length) - 1]);
                if (i == 0) first = last;
                path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{last:0.#},{Y(value, most):0.#}");
            }
            if (fills) svg.Append(CultureInfo.InvariantCulture, $"<path class=\"area {s.Class}\" d=\"{path}L{last:0.#},{Top + PlotHeight}L{first:0.#},{Top + PlotHeight}Z\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line {s.Class}\" d=\"{path}\"><title>{WebUtility.HtmlEncode(s.Name)}</title></path>");
            // one point makes no line
            if (seconds.Length == 1) svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"dot {s.Class}\" r=\"3\" cx=\"{last:0.#}\" cy=\"{Y(s.Values[0], most):0.#}\"/>");
        }
        return svg.Append("</svg>").ToString();

        double X(double t) => Left + (end > 0 ? t / end : 0) * PlotWidth;
    }

    /// <summary>How many messages took how long; the scale of the latency is logarithmic.</summary>
    public static string Histogram(IReadOnlyList<HistogramBar> bars)
    {
        if (bars.Count == 0) return Empty("No message was answered.");
        double most = Ceiling(bars.Max(b => b.Count)), low = Math.Log10(bars[0].From), span = Math.Log10(bars[^1].To) - low;
        var svg = Begin(most, Text.Count);
        double labelled = double.NegativeInfinity;
        foreach (var bar in bars)
        {
            double x = Left + (Math.Log10(bar.From) - low) / span * PlotWidth, end = Left + (Math.Log10(bar.To) - low) / span * PlotWidth;
            double y = Math.Min(Y(bar.Count, most), Top + PlotHeight - 1);
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"bar\" x=\"{x + 0.5:0.#}\" y=\"{y:0.#}\" width=\"{Math.Max(1, end - x - 1):0.#}\" height=\"{Top + PlotHeight - y:0.#}\">");
            svg.Append(CultureInfo.InvariantCulture, $"<title>{Text.Milliseconds(bar.From)} to {Text.Milliseconds(bar.To)}: {Text.Count(bar.Count)}</title></rect>");
            if (x - labelled < 70) continue;
            Label(svg, x, Text.Milliseconds(bar.From));
            labelled = x;
        }
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Begin(double most, Func<double, string> format)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        for (int i = 0; i <= 4; i++)
        {
            double value = most * i / 4, y = Y(value, most);
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{(i == 0 ? "0" : format(value))}</text>");
        }
        return svg;
    }

    private static void Label(StringBuilder svg, double x, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{Height - 8}\" text-anchor=\"middle\">{text}</text>");

    private static string Empty(string text) => $"<p class=\"empty\">{text}</p>";

    private static double Y(double value, double most) => Top + PlotHeight * (1 - value / most);

    /// <summary>The next number of 1, 2, 2.5, 4, 5 or 8 times a power of ten: its quarters are easily read.</summary>
    private static double Ceiling(double value)
    {
        if (value <= 0) return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        foreach (double step in (ReadOnlySpan<double>)[1, 2, 2.5, 4, 5, 8])
            if (value <= step * power) return step * power;
        return 10 * power;
    }
}

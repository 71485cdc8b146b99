namespace Mta.Load.Report;

/// <summary>A line a second, for where there is no terminal.</summary>
public static class PlainLines
{
    /// <summary>One line: time, connections, messages, rate and latency of the last interval, failures.</summary>
    public static string Line(TimeSpan elapsed, LoadFigures figures) => figures.Points is [.., var last]
        ? $"{Text.Time(elapsed.TotalSeconds)}  {last.Connections} connections  {Text.Count(figures.Counts.Accepted)} accepted  {Text.Rate(last.Rate)}"
          + $"  p50 {Text.Milliseconds(last.P50)}  p99 {Text.Milliseconds(last.P99)}  {Text.Count(figures.Counts.Failed)} failed"
        : $"{Text.Time(elapsed.TotalSeconds)}  {figures.Counts.Connections} connections";
}

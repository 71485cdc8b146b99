using System.Globalization;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary>The page of <c>mta top</c> as lines that are never wider or more than the terminal has: what has no room is left out from below.</summary>
internal static class TopPage
{
    private const int Number = 5, LeastName = 12, MostName = 40;

    // the four lines at the top, headings, and empty lines between
    private const int Furniture = 11;

    // from this age on it is said how old the counts of a large queue are
    private static readonly TimeSpan Old = TimeSpan.FromSeconds(2);

    public static Rows Render(Overview o, Rates rates, int width, int height) =>
        new(Lines(o, rates, width, height).Select(l => new Text(l.Text.Length == 0 ? " " : l.Text, l.Style) { Overflow = Overflow.Crop }));

    public static IReadOnlyList<(string Text, Style Style)> Lines(Overview o, Rates rates, int width, int height)
    {
        var d = o.Destinations;
        var lines = new List<(string Text, Style Style)>();
        var (bold, grey, plain, red) = (new Style(decoration: Decoration.Bold), new Style(Color.Grey), Style.Plain, new Style(Color.Red));
        bool isWell = o is { Ready: true, Trouble: null };
        Add($"mta top {o.Hostname}  {o.At:HH:mm:ss}Z  {(isWell ? "ready" : o.Trouble ?? "starting")}", isWell ? bold : red);
        Add($"queued {Count(o.Queue.Recipients)}: {Count(o.Queue.InFlight)} in flight, {Count(o.Queue.Deferred)} deferred, {Count(o.Queue.Held)} held"
            + (o.Queue.Oldest is { } oldest ? $"; the oldest {Age(o.At - oldest)}" : ""), plain);
        Add($"a second: {Rate(rates.Accepted)} accepted, {Rate(rates.Delivered)} delivered, {Rate(rates.Deferred)} deferred, {Rate(rates.Bounced)} bounced", plain);
        Add($"connections: in {(o.Listeners.Count == 0 ? "none" : string.Join(", ", o.Listeners.Select(l => $"{l.Name} {l.Connections}{(l.IsPaused ? " (paused)" : l.IsStressed ? " (stressed)" : "")}")))}; "
            + $"out {o.Outgoing}{(o.Suspended > 0 ? $"; suspended domains {o.Suspended}" : "")}", plain);

        // half of what is left for the shape, a quarter for each of the others, and to them what the shape does not need
        int room = Math.Max(3, height - Furniture), shape = Math.Min(d.Domains.Length, (room + 1) / 2);
        int busy = Math.Min(d.Busiest.Length, (room - shape + 1) / 2), sick = Math.Min(d.Sickest.Length, room - shape - busy);
        string[] ages = DestinationView.Ages();
        int name = Math.Clamp(width - Number * (ages.Length + 1) - 1, LeastName, MostName);
        string age = o.At - d.At > Old ? $", {Age(o.At - d.At)} ago" : "";
        Add("", plain);
        Add(Cell($"Queued by minutes{age}", name) + Right("T") + string.Concat(ages[..^1].Select(Right)) + " " + Right(ages[^1]), grey);
        Add(Cell($"TOTAL ({Count(d.Total)} domains)", name) + Right(Count(d.Ages.Sum() + d.Others)) + Columns(d.Ages), bold);
        foreach (var q in d.Domains.Take(shape)) Add(Cell(q.Domain, name) + Right(Count(q.Recipients)) + Columns(q.Ages), plain);

        Add("", plain);
        Add(Cell("Busiest", name) + Right("ok/s") + Right("wait") + Right("no/s") + Right("open") + "  State", grey);
        foreach (var b in d.Busiest.Take(busy))
            Add(Cell(b.Domain, name) + Right(Rate(b.Attempts?.Delivered)) + Right(Rate(b.Attempts?.Deferred)) + Right(Rate(b.Attempts?.Failed)) + Right(Count(b.Status?.Connections ?? 0)) + "  " + b.State, plain);

        Add("", plain);
        Add(Cell("Sickest", name) + Right("wait") + Right("/s") + "  Why", grey);
        foreach (var s in d.Sickest.Take(sick))
            Add(Cell(s.Domain, name) + Right(Count(s.Queue?.Deferred ?? 0)) + Right(Rate(s.Attempts is { } a ? a.Deferred + a.Failed : 0)) + "  "
                + (s.Suspension is null && s.LastReply is { } reply ? reply : s.State), red);
        return lines.Count <= height ? lines : lines.GetRange(0, Math.Max(1, height));

        void Add(string text, Style style) => lines.Add((text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…", style));
    }

    private static string Cell(string text, int width) => text.Length < width ? text.PadRight(width) : text[..(width - 2)] + "… ";

    private static string Right(string text) => text.PadLeft(Number);

    // the last column stands apart: its heading is the longest
    private static string Columns(IReadOnlyList<int> ages) =>
        string.Concat(ages.Select((n, i) => (i == ages.Count - 1 ? " " : "") + Right(n == 0 ? "." : Count(n))));

    /// <summary>At most four characters.</summary>
    internal static string Count(long number) => number switch
    {
        < 10_000 => number.ToString(CultureInfo.InvariantCulture),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1000}k"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(number / 100_000.0) / 10:0.0}M"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number / 1_000_000}M"),
    };

    private static string Rate(double? rate) => rate switch
    {
        null or 0 => "0",
        < 9.95 => string.Create(CultureInfo.InvariantCulture, $"{rate:0.0}"),
        _ => Count((long)Math.Round(rate.Value)),
    };

    private static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalSeconds} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalMinutes} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalHours} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays} d"),
    };
}

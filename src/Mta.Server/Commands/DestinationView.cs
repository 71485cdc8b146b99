using System.Globalization;
using Mta.Queue;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary>How the domains that mail goes to look in a terminal.</summary>
internal static class DestinationView
{
    private const int MaxState = 60;

    public static void List(DestinationList list)
    {
        if (list.Domains.Length == 0)
        {
            Console.WriteLine("No mail waits, and no domain is suspended.");
            return;
        }
        Write(["Domain", "Queued", "In flight", "Deferred", "Open", "State", "Last reply"], list.Domains.Select(d => new[]
        {
            d.IsLocal ? d.Domain + " (local)" : d.Domain, Number(d.Queue?.Recipients), Number(d.Queue?.InFlight), Number(d.Queue?.Deferred), Number(d.Status?.Connections),
            Cut(d.State), Cut(d.LastReply ?? ""),
        }), right: 1..5);
        if (list.Total > list.Domains.Length) Console.WriteLine($"{list.Domains.Length} of {list.Total} domains; --limit shows more.");
        if (list.Others > 0) Console.WriteLine($"{list.Others} recipients more, in domains that are too many to be counted each.");
    }

    public static void Show(DestinationWhole whole)
    {
        var d = whole.Destination;
        List<string[]> rows = [["Domain", d.Domain], ["State", d.State]];
        if (d.Suspension is { } s) rows.Add(["Suspended", $"since {Time(s.Since)}{(s.Until is { } until ? $", until {Time(until)}" : "")}{(s.Reason.Length > 0 ? $": {s.Reason}" : "")}"]);
        rows.Add(["Queued", d.Queue is { } q ? $"{q.Recipients} recipients: {q.InFlight} in flight, {q.Deferred} deferred, {q.Held} held; the oldest since {Time(q.Oldest)}" : "nothing"]);
        if (d.Queue?.Due is { } due) rows.Add(["Next due", Time(due)]);
        if (d.Attempts is { } a) rows.Add(["Now", string.Create(CultureInfo.InvariantCulture, $"{a.Delivered:0.#} delivered, {a.Deferred:0.#} deferred, {a.Failed:0.#} failed a second")]);
        if (d.Status is { Site: { } site } status)
        {
            rows.Add(["Site", site]);
            rows.Add(["Connections", string.Create(CultureInfo.InvariantCulture, $"{status.Connections} open, {(int)status.Window} allowed now, {status.MaxConnections} at most")]);
            rows.Add(["Pace", (status.Rate is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate:0.###} messages a second at most") : "any")
                + (status.SlowedTo is { } slow ? string.Create(CultureInfo.InvariantCulture, $", slowed down to {slow:0.#} a second") : "")]);
            foreach (var host in status.Hosts)
                rows.Add(["Host", string.Create(CultureInfo.InvariantCulture, $"{host.Preference} {host.Host}: {host.Connections} connections")
                    + (host.BackOffUntil is { } back ? $", left alone until {Time(back)}" : "") + (host.LastError is { } error ? $": {error}" : "")]);
        }
        else rows.Add(["Site", "its hosts are looked up with the next message"]);
        foreach (var reply in d.Queue?.Replies ?? []) rows.Add(["Last reply", $"{reply.Recipients} × {reply.Reply}{(reply.Host.Length > 0 ? $" ({reply.Host})" : "")}"]);
        Write(["", ""], rows);
        if (whole.Local is null) return;
        Console.WriteLine("Its mail ends here:");
        DirectoryView.Show(whole.Local);
    }

    /// <summary>The queue by domain and age.</summary>
    public static void Summary(DestinationSummary summary)
    {
        Write(["", "T", .. Ages()],
        [
            ["TOTAL", Number(summary.Ages.Sum()), .. summary.Ages.Select(n => Number(n))],
            .. summary.Domains.Select(d => (string[])[d.Domain, Number(d.Recipients), .. d.Ages.Select(n => Number(n))]),
        ], right: 1..(2 + QueueShape.Columns));
        Console.WriteLine("Recipients by minutes since their message came.");
        if (summary.Total > summary.Domains.Length) Console.WriteLine($"{summary.Domains.Length} of {summary.Total} domains; --limit shows more.");
        if (summary.Others > 0) Console.WriteLine($"{summary.Others} recipients more, in domains that are too many to be counted each.");
    }

    /// <summary>The headings of the columns of ages.</summary>
    public static string[] Ages() => [.. QueueShape.Minutes.Select(m => Number(m)), $"{QueueShape.Minutes[^1]}+"];

    private static void Write(string[] columns, IEnumerable<string[]> rows, Range right = default)
    {
        var table = new Table().Border(columns.Length > 2 ? TableBorder.Simple : TableBorder.None).AddColumns(columns);
        if (columns.Length == 2) table.HideHeaders();
        for (int i = right.Start.Value; i < right.End.Value; i++) table.Columns[i].RightAligned();
        foreach (string[] row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        // a redirected output has no width to fit into
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    private static string Cut(string text) => text.Length <= MaxState ? text : text[..(MaxState - 1)] + "…";

    private static string Number(int? number) => (number ?? 0).ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

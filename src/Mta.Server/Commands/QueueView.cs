using System.Globalization;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary>How the queue looks in a terminal; plain columns where there is none.</summary>
internal static class QueueView
{
    public static void List(QueueList list)
    {
        if (list.Total == 0)
        {
            Console.WriteLine("The queue is empty.");
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("Id", "Received", "Size", "Sender", "Recipient", "Status", "Next try");
        table.Columns[2].RightAligned();
        foreach (var m in list.Messages)
        {
            bool first = true;
            foreach (var r in m.Recipients)
            {
                string status = m.Held ? "held" : r.Status;
                table.AddRow(
                    first ? m.Id : "", first ? Time(m.ReceivedAt) : "", first ? Size(m.Size) : "", first ? Markup.Escape(Path(m.Sender)) : "",
                    Markup.Escape(r.Address), status, r.Due is { } due && !m.Held ? Time(due) : "");
                first = false;
            }
        }
        Write(table);
        if (list.Total > list.Messages.Length) Console.WriteLine($"{list.Messages.Length} of {list.Total} messages; --limit shows more.");
    }

    public static void Show(MessageView m)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        table.AddRow("Id", m.Id);
        table.AddRow("Sender", Markup.Escape(Path(m.Sender)));
        table.AddRow("Received", $"{Time(m.ReceivedAt)} from {(m.ClientAddress.Length > 0 ? Markup.Escape(m.ClientAddress) : "this system")}");
        table.AddRow("Size", Size(m.Size));
        if (m.Priority != 0) table.AddRow("Priority", m.Priority.ToString(CultureInfo.InvariantCulture));
        if (m.Held) table.AddRow("Held", "yes");
        foreach (var r in m.Recipients)
        {
            table.AddRow("", "");
            table.AddRow("Recipient", Markup.Escape(Path(r.Address)));
            table.AddRow("Status", $"{r.Status}, {r.Attempts} attempts{(r.Due is { } due ? ", next try " + Time(due) : "")}");
            if (r.LastReply is not null) table.AddRow("Last reply", Markup.Escape(r.LastReply));
            if (r.LastHost is { Length: > 0 }) table.AddRow("Host", Markup.Escape(r.LastHost));
            if (r.Why is not null) table.AddRow("Why", Markup.Escape(r.Why));
        }
        Write(table);
        Console.WriteLine();
    }

    public static void Why(MessageView m)
    {
        foreach (var r in m.Recipients) Console.WriteLine($"{m.Id} {Path(r.Address)}: {r.Why}");
    }

    // a redirected output has no width to fit into
    private static void Write(Table table)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    private static string Path(string address) => $"<{address}>";

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Size(long octets) => octets switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{octets} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{octets / 1024} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{octets / 1048576} MiB"),
    };
}

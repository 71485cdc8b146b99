using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Mta.Domains;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>
/// <c>mta domain list|show|suspend|resume</c>: the domains that mail goes to; and, in <see cref="LocalDomainCommands"/>, those whose mail ends here.
/// </summary>
internal static class DomainCommand
{
    public static Command Create()
    {
        var command = new Command("domain", """
            The domains that mail goes to: list, show, suspend, resume. The domains whose mail ends here: local, add, set, remove.
            Example: mta domain list
            """);
        command.Subcommands.Add(List());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Suspend());
        command.Subcommands.Add(Resume());
        LocalDomainCommands.AddTo(command);
        return command;
    }

    public static Argument<string> Domain() => new("DOMAIN");

    private static Command List()
    {
        var node = new NodeOptions();
        var limit = new Option<int>("--limit", "-n") { Description = "How many to show at most.", DefaultValueFactory = _ => 100 };
        var command = new Command("list", "List the domains that have mail waiting or are suspended, those with the most mail first.\nExample: mta domain list --limit 20") { limit };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DestinationList>(
            parsed, HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"domains?limit={parsed.GetValue(limit)}"), DestinationView.List, cancel));
        return command;
    }

    private static Command Show()
    {
        var (node, domain) = (new NodeOptions(), Domain());
        var command = new Command("show", "Show a domain: its hosts, what waits for it and why, and, where its mail ends here, what it has.\nExample: mta domain show example.com") { domain };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DestinationWhole>(parsed, HttpMethod.Get, Path(parsed.GetValue(domain)!), DestinationView.Show, cancel));
        return command;
    }

    private static Command Suspend()
    {
        var (node, domain) = (new NodeOptions(), Domain());
        var length = new Option<TimeSpan?>("--for") { Description = "How long, such as 30m, 2h or 7d; without it, until \"mta domain resume\".", HelpName = "TIME", CustomParser = Time };
        var reason = new Option<string?>("--reason") { Description = "For those who ask why.", HelpName = "TEXT" };
        var command = new Command("suspend", """
            Send nothing more to a domain. Its mail is taken and kept, also over restarts; what is under way ends.
            Example: mta domain suspend example.com --for 2h --reason "they are moving"
            """) { domain, length, reason };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainSuspension>(parsed, HttpMethod.Put, Path(parsed.GetValue(domain)!) + "/suspension",
            s => Console.WriteLine(s.Until is { } until ? $"{s.Domain} is suspended until {until:u}" : $"{s.Domain} is suspended until: mta domain resume {s.Domain}"),
            cancel, new { Seconds = (long?)parsed.GetValue(length)?.TotalSeconds, Reason = parsed.GetValue(reason) }));
        return command;
    }

    private static Command Resume()
    {
        var (node, domain) = (new NodeOptions(), Domain());
        var command = new Command("resume", "Send mail to a suspended domain again.\nExample: mta domain resume example.com") { domain };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<ResumedView>(parsed, HttpMethod.Delete, Path(parsed.GetValue(domain)!) + "/suspension",
            r => Console.WriteLine($"mail goes to {r.Domain} again"), cancel));
        return command;
    }

    private static string Path(string domain) => $"domains/{Uri.EscapeDataString(domain)}";

    private static TimeSpan? Time(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        int seconds = text is [.., var unit] ? unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 } : 0;
        if (seconds > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0) return TimeSpan.FromSeconds((double)count * seconds);
        argument.AddError($"--for must be a time such as 30m, 2h or 7d, is \"{text}\"");
        return null;
    }
}

internal sealed record ResumedView(string Domain);

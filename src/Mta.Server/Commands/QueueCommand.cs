using System.CommandLine;
using Mta.Config;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary><c>mta queue list|summary|show|why|retry|hold|release|bounce|drop|flush</c>, through the admin API of the running node.</summary>
internal static class QueueCommand
{
    private static readonly (string Name, string What, string Done)[] Changes =
    [
        ("retry", "Try matching messages now.", "due now"),
        ("hold", "Keep matching messages back until they are released.", "on hold"),
        ("release", "Release matching messages from hold.", "released"),
        ("bounce", "Give up matching recipients and notify the senders.", "bounced"),
        ("drop", "Remove matching recipients and tell nobody.", "dropped"),
    ];

    public static Command Create()
    {
        var command = new Command("queue", "Look at the queue of the running node, and change it.\nExample: mta queue list --domain example.com");
        command.Subcommands.Add(List());
        command.Subcommands.Add(Summary());
        command.Subcommands.Add(One("show", "Show one message whole.", QueueView.Show));
        command.Subcommands.Add(One("why", "Say in a sentence what a message waits for.", QueueView.Why));
        foreach (var (name, what, done) in Changes) command.Subcommands.Add(Change(name, what, done));
        command.Subcommands.Add(Flush());
        return command;
    }

    private static Command List()
    {
        var (node, filter) = (new NodeOptions(), new FilterOptions());
        var limit = new Option<int>("--limit", "-n") { Description = "How many messages to show at most.", DefaultValueFactory = _ => 100 };
        var command = new Command("list", "List queued messages, oldest first.\nExample: mta queue list --recipient bob@example.com --json");
        filter.AddTo(command);
        command.Options.Add(limit);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<QueueList>(
            parsed, HttpMethod.Get, $"queue?{filter.Query(parsed)}&limit={parsed.GetValue(limit)}", QueueView.List, cancel));
        return command;
    }

    private static Command Summary()
    {
        var node = new NodeOptions();
        var limit = new Option<int>("--limit", "-n") { Description = "How many domains to show at most.", DefaultValueFactory = _ => 20 };
        var command = new Command("summary", "Count the queue by domain and age, as qshape does.\nExample: mta queue summary --limit 50") { limit };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DestinationSummary>(
            parsed, HttpMethod.Get, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"queue/summary?limit={parsed.GetValue(limit)}"), DestinationView.Summary, cancel));
        return command;
    }

    private static Command One(string name, string what, Action<MessageView> print)
    {
        var node = new NodeOptions();
        var filter = new FilterOptions();
        var command = new Command(name, $"{what}\nExample: mta queue {name} 1K7Z5W3QYB40G");
        filter.AddTo(command);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.RunEach(parsed, filter, print, cancel));
        return command;
    }

    private static Command Change(string name, string what, string done)
    {
        var (node, filter) = (new NodeOptions(), new FilterOptions());
        var all = new Option<bool>("--all") { Description = "Every message." };
        var command = new Command(name, $"{what}\nExample: mta queue {name} --domain example.com");
        filter.AddTo(command);
        command.Options.Add(all);
        node.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            string query = filter.Query(parsed);
            if (query.Length == 0 && !parsed.GetValue(all))
            {
                Console.Error.WriteLine($"mta: name an ID, --sender, --recipient or --domain; or --all for every message");
                return ExitCode.Usage;
            }
            return await node.Run<ChangedView>(parsed, HttpMethod.Post, $"queue/{name}?{query}&all={(parsed.GetValue(all) ? "true" : "false")}",
                c => Console.WriteLine($"{c.Messages} messages, {c.Recipients} recipients {done}"), cancel);
        });
        return command;
    }

    private static Command Flush()
    {
        var (node, filter) = (new NodeOptions(), new FilterOptions());
        var command = new Command("flush", "Try everything (or what matches) now, also where a host is being avoided after failures.\nExample: mta queue flush");
        filter.AddTo(command);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<ChangedView>(parsed, HttpMethod.Post, $"queue/flush?{filter.Query(parsed)}",
            c => Console.WriteLine($"{c.Messages} messages, {c.Recipients} recipients due now"), cancel));
        return command;
    }
}

internal sealed record ChangedView(int Messages, int Recipients);

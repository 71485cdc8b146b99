using System.CommandLine;
using Mta.Accounts.Admin;

namespace Mta.Server.Commands;

/// <summary><c>mta domain add|local|set|remove</c>: the domains whose mail ends here.</summary>
internal static class LocalDomainCommands
{
    public static void AddTo(Command command)
    {
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Set());
        command.Subcommands.Add(Remove());
    }

    private static Option<string?> CatchAll() => new("--catch-all")
    {
        Description = "Where mail for addresses goes that do not exist; \"\" for nowhere: it is refused.",
        HelpName = "ADDRESS",
    };

    private static Command Add()
    {
        var (node, domain, catchAll) = (new NodeOptions(), DomainCommand.Domain(), CatchAll());
        var command = new Command("add", "Take mail for a domain: it ends here from now on.\nExample: mta domain add example.com") { domain, catchAll };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainInfo>(parsed, HttpMethod.Post, "local-domains", DirectoryView.Added,
            cancel, new { Name = parsed.GetValue(domain), CatchAll = parsed.GetValue(catchAll) is { Length: > 0 } target ? target : null }));
        return command;
    }

    private static Command List()
    {
        var (node, list) = (new NodeOptions(), new ListOptions());
        var command = new Command("local", "List the domains whose mail ends here.\nExample: mta domain local --json");
        list.AddTo(command, domains: false);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<Page<DomainInfo>>(parsed, HttpMethod.Get, $"local-domains?{list.Query(parsed)}", DirectoryView.List, cancel));
        return command;
    }

    private static Command Set()
    {
        var (node, domain, catchAll) = (new NodeOptions(), DomainCommand.Domain(), CatchAll());
        catchAll.Required = true;
        var command = new Command("set", "Change a domain whose mail ends here.\nExample: mta domain set example.com --catch-all office@example.com") { domain, catchAll };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainInfo>(parsed, HttpMethod.Patch, $"local-domains/{Uri.EscapeDataString(parsed.GetValue(domain)!)}",
            d => Console.WriteLine(d.CatchAll is null ? $"{d.Name} has no catch-all" : $"the catch-all of {d.Name} is {d.CatchAll}"), cancel, new { CatchAll = parsed.GetValue(catchAll) }));
        return command;
    }

    private static Command Remove()
    {
        var (node, domain) = (new NodeOptions(), DomainCommand.Domain());
        var command = new Command("remove", "Take no more mail for a domain that has no accounts and no aliases any more.\nExample: mta domain remove example.com") { domain };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainInfo>(parsed, HttpMethod.Delete, $"local-domains/{Uri.EscapeDataString(parsed.GetValue(domain)!)}",
            d => Console.WriteLine($"{d.Name} is gone"), cancel));
        return command;
    }
}

using System.CommandLine;
using Mta.Accounts.Admin;

namespace Mta.Server.Commands;

/// <summary><c>mta domain add|list|show|set|remove</c>: the domains whose mail ends here.</summary>
internal static class DomainCommand
{
    public static Command Create()
    {
        var command = new Command("domain", "The domains whose mail ends here.\nExample: mta domain add example.com");
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(One("show", "Show a domain.", HttpMethod.Get, DirectoryView.Show));
        command.Subcommands.Add(Set());
        command.Subcommands.Add(One("remove", "Remove a domain that has no accounts and no aliases any more.", HttpMethod.Delete, d => Console.WriteLine($"{d.Name} is gone")));
        return command;
    }

    private static Argument<string> Domain() => new("DOMAIN");

    private static Option<string?> CatchAll() => new("--catch-all")
    {
        Description = "Where mail for addresses goes that do not exist; \"\" for nowhere: it is refused.",
        HelpName = "ADDRESS",
    };

    private static Command Add()
    {
        var (node, domain, catchAll) = (new NodeOptions(), Domain(), CatchAll());
        var command = new Command("add", "Take mail for a domain.\nExample: mta domain add example.com") { domain, catchAll };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainInfo>(parsed, HttpMethod.Post, "local-domains", DirectoryView.Added,
            cancel, new { Name = parsed.GetValue(domain), CatchAll = parsed.GetValue(catchAll) is { Length: > 0 } target ? target : null }));
        return command;
    }

    private static Command List()
    {
        var (node, list) = (new NodeOptions(), new ListOptions());
        var command = new Command("list", "List the domains.\nExample: mta domain list --json");
        list.AddTo(command, domains: false);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<Page<DomainInfo>>(parsed, HttpMethod.Get, $"local-domains?{list.Query(parsed)}", DirectoryView.List, cancel));
        return command;
    }

    private static Command One(string name, string what, HttpMethod method, Action<DomainInfo> print)
    {
        var (node, domain) = (new NodeOptions(), Domain());
        var command = new Command(name, $"{what}\nExample: mta domain {name} example.com") { domain };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run(parsed, method, $"local-domains/{Uri.EscapeDataString(parsed.GetValue(domain)!)}", print, cancel));
        return command;
    }

    private static Command Set()
    {
        var (node, domain, catchAll) = (new NodeOptions(), Domain(), CatchAll());
        catchAll.Required = true;
        var command = new Command("set", "Change a domain.\nExample: mta domain set example.com --catch-all office@example.com") { domain, catchAll };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<DomainInfo>(parsed, HttpMethod.Patch, $"local-domains/{Uri.EscapeDataString(parsed.GetValue(domain)!)}",
            d => Console.WriteLine(d.CatchAll is null ? $"{d.Name} has no catch-all" : $"the catch-all of {d.Name} is {d.CatchAll}"), cancel, new { CatchAll = parsed.GetValue(catchAll) }));
        return command;
    }
}

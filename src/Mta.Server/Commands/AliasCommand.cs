using System.CommandLine;
using Mta.Accounts.Admin;

namespace Mta.Server.Commands;

/// <summary><c>mta alias add|list|show|remove</c>: addresses that lead to others.</summary>
internal static class AliasCommand
{
    public static Command Create()
    {
        var command = new Command("alias", "Addresses that lead to others: to one, or as a group to several, here or elsewhere.\nExample: mta alias add info@example.com ann@example.com bob@example.org");
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Remove());
        return command;
    }

    private static Argument<string> Alias() => new("ALIAS") { Description = "An address of one of our domains." };

    private static Command Add()
    {
        var (node, alias) = (new NodeOptions(), Alias());
        var targets = new Argument<string[]>("TARGET") { Description = "Where its mail goes.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("add", "Make an alias, or give one more targets.\nExample: mta alias add postmaster@example.com ann@example.com") { alias, targets };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AliasInfo>(parsed, HttpMethod.Post, "aliases", DirectoryView.Show, cancel,
            new { Address = parsed.GetValue(alias), Targets = parsed.GetValue(targets) }));
        return command;
    }

    private static Command List()
    {
        var (node, list) = (new NodeOptions(), new ListOptions());
        var command = new Command("list", "List the aliases.\nExample: mta alias list --domain example.com");
        list.AddTo(command);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<Page<AliasInfo>>(parsed, HttpMethod.Get, $"aliases?{list.Query(parsed)}", DirectoryView.List, cancel));
        return command;
    }

    private static Command Show()
    {
        var (node, alias) = (new NodeOptions(), Alias());
        var command = new Command("show", "Show an alias with all its targets.\nExample: mta alias show info@example.com") { alias };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AliasInfo>(parsed, HttpMethod.Get, $"aliases/{Uri.EscapeDataString(parsed.GetValue(alias)!)}", DirectoryView.Show, cancel));
        return command;
    }

    private static Command Remove()
    {
        var (node, alias) = (new NodeOptions(), Alias());
        var targets = new Argument<string[]>("TARGET") { Description = "Only these targets. Without any the whole alias goes.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("remove", "Remove an alias, or some of its targets.\nExample: mta alias remove info@example.com bob@example.org") { alias, targets };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AliasInfo>(parsed, HttpMethod.Delete,
            $"aliases/{Uri.EscapeDataString(parsed.GetValue(alias)!)}?{string.Join('&', parsed.GetValue(targets)!.Select(t => "target=" + Uri.EscapeDataString(t)))}", DirectoryView.Show, cancel));
        return command;
    }
}

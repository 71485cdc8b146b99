using System.CommandLine;
using Mta.Accounts.Admin;

namespace Mta.Server.Commands;

/// <summary><c>mta account app-password add|list|remove</c>.</summary>
internal static class AppPasswordCommand
{
    public static Command Create()
    {
        var command = new Command("app-password", "Passwords for one program or device each.\nExample: mta account app-password add ann@example.com telephone");
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Remove());
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "What it is for." };

    private static Command Add()
    {
        var (node, account, name) = (new NodeOptions(), AccountCommand.Account(), Name());
        var command = new Command("add", "Make an app password, and show it this once.\nExample: mta account app-password add ann@example.com telephone") { account, name };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<NewAppPassword>(parsed, HttpMethod.Post, AccountCommand.Path(parsed, account) + "/app-passwords",
            p => Console.WriteLine(p.Password), cancel, new { Name = parsed.GetValue(name) }));
        return command;
    }

    private static Command List()
    {
        var (node, account) = (new NodeOptions(), AccountCommand.Account());
        var command = new Command("list", "List the app passwords of an account, and when each was last used.\nExample: mta account app-password list ann@example.com") { account };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AppPasswordInfo[]>(parsed, HttpMethod.Get, AccountCommand.Path(parsed, account) + "/app-passwords", DirectoryView.List, cancel));
        return command;
    }

    private static Command Remove()
    {
        var (node, account, name) = (new NodeOptions(), AccountCommand.Account(), Name());
        var command = new Command("remove", "Remove an app password: what uses it is shut out.\nExample: mta account app-password remove ann@example.com telephone") { account, name };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AppPasswordInfo[]>(parsed, HttpMethod.Delete,
            $"{AccountCommand.Path(parsed, account)}/app-passwords?name={Uri.EscapeDataString(parsed.GetValue(name)!)}", DirectoryView.List, cancel));
        return command;
    }
}

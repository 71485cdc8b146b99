using System.CommandLine;
using Mta.Accounts.Admin;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary><c>mta account add|list|show|password|set|disable|enable|grant|revoke|remove</c>, and <c>app-password</c>.</summary>
internal static class AccountCommand
{
    public static Command Create()
    {
        var command = new Command("account", "Who has a mailbox here and may sign in.\nExample: mta account add ann@example.com");
        command.Subcommands.Add(Add());
        command.Subcommands.Add(List());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Password());
        command.Subcommands.Add(Set());
        command.Subcommands.Add(Disable());
        command.Subcommands.Add(Change("enable", "Let an account sign in and take mail again.", "may sign in and takes mail", new(CanSignIn: true, TakesMail: true)));
        command.Subcommands.Add(Right("grant", "Let an account send under one more address.", HttpMethod.Post));
        command.Subcommands.Add(Right("revoke", "Take back what was granted.", HttpMethod.Delete));
        command.Subcommands.Add(AppPasswordCommand.Create());
        command.Subcommands.Add(Remove());
        return command;
    }

    internal static Argument<string> Account() => new("ACCOUNT") { Description = "Its address, which is also the name to sign in with." };

    internal static string Path(ParseResult parsed, Argument<string> account) => "accounts/" + Uri.EscapeDataString(parsed.GetValue(account)!);

    private static Command Add()
    {
        var (node, account, password, limits) = (new NodeOptions(), Account(), new PasswordOptions(), new LimitOptions());
        var command = new Command("add", "Make an account.\nExample: mta account add ann@example.com --quota 5GiB --password-file pw") { account };
        password.AddTo(command);
        limits.AddTo(command);
        node.AddTo(command);
        command.SetAction(async (parsed, cancel) => !password.TryRead(parsed, out string? text)
            ? ExitCode.Usage
            : await node.Run<AccountInfo>(parsed, HttpMethod.Post, "accounts", a => Console.WriteLine($"{a.Address} is there"), cancel,
                new { Address = parsed.GetValue(account), Password = text, Quota = limits.Quota(parsed), MessagesPerHour = limits.MessagesPerHour(parsed) }));
        return command;
    }

    private static Command List()
    {
        var (node, list) = (new NodeOptions(), new ListOptions());
        var command = new Command("list", "List the accounts.\nExample: mta account list --domain example.com --json");
        list.AddTo(command);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<Page<AccountInfo>>(parsed, HttpMethod.Get, $"accounts?{list.Query(parsed)}", DirectoryView.List, cancel));
        return command;
    }

    private static Command Show()
    {
        var (node, account) = (new NodeOptions(), Account());
        var command = new Command("show", "Show an account with its rights and app passwords.\nExample: mta account show ann@example.com") { account };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AccountWhole>(parsed, HttpMethod.Get, Path(parsed, account), DirectoryView.Show, cancel));
        return command;
    }

    private static Command Password()
    {
        var (node, account, password) = (new NodeOptions(), Account(), new PasswordOptions());
        var command = new Command("password", "Give an account a new password; its app passwords stay.\nExample: mta account password ann@example.com") { account };
        password.AddTo(command);
        node.AddTo(command);
        command.SetAction(async (parsed, cancel) => !password.TryRead(parsed, out string? text)
            ? ExitCode.Usage
            : await node.Run<AccountInfo>(parsed, HttpMethod.Put, Path(parsed, account) + "/password",
                a => Console.WriteLine($"{a.Address} has {(a.HasPassword ? "a new" : "no")} password"), cancel, new { Password = text }));
        return command;
    }

    private static Command Set()
    {
        var (node, account, limits) = (new NodeOptions(), Account(), new LimitOptions());
        var command = new Command("set", "Change the limits of an account.\nExample: mta account set ann@example.com --quota 10GiB --messages-per-hour 200") { account };
        limits.AddTo(command);
        node.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var change = new AccountChange(limits.Quota(parsed), limits.MessagesPerHour(parsed));
            if (change == new AccountChange())
            {
                Console.Error.WriteLine("mta: name --quota or --messages-per-hour");
                return ExitCode.Usage;
            }
            return await node.Run<AccountInfo>(parsed, HttpMethod.Patch, Path(parsed, account), a => Console.WriteLine($"{a.Address} is changed"), cancel, change);
        });
        return command;
    }

    private static Command Disable()
    {
        var (node, account) = (new NodeOptions(), Account());
        var keep = new Option<bool>("--keep-mail") { Description = "Go on taking mail for it. Without it mail is refused with 550 5.2.1, so that the sender learns that nobody reads it." };
        var command = new Command("disable", "Let nobody sign in to an account, and refuse mail for it.\nExample: mta account disable ann@example.com --keep-mail") { account, keep };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AccountInfo>(parsed, HttpMethod.Patch, Path(parsed, account),
            a => Console.WriteLine($"{a.Address} may not sign in, and {(a.TakesMail ? "takes" : "refuses")} mail"), cancel,
            new AccountChange(CanSignIn: false, TakesMail: parsed.GetValue(keep))));
        return command;
    }

    private static Command Change(string name, string what, string done, AccountChange change)
    {
        var (node, account) = (new NodeOptions(), Account());
        var command = new Command(name, $"{what}\nExample: mta account {name} ann@example.com") { account };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AccountInfo>(parsed, HttpMethod.Patch, Path(parsed, account), a => Console.WriteLine($"{a.Address} {done}"), cancel, change));
        return command;
    }

    private static Command Right(string name, string what, HttpMethod method)
    {
        var (node, account) = (new NodeOptions(), Account());
        var right = new Argument<string>("ADDRESS") { Description = "An address, or *@DOMAIN for all of a domain." };
        var command = new Command(name, $"{what} What leads to it by an alias it may use anyway.\nExample: mta account {name} ann@example.com \"*@example.org\"") { account, right };
        node.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            string address = parsed.GetValue(right)!;
            bool isQuery = method == HttpMethod.Delete;
            return node.Run<string[]>(parsed, method, Path(parsed, account) + "/sender-rights" + (isQuery ? "?right=" + Uri.EscapeDataString(address) : ""),
                rights => Console.WriteLine(rights.Length == 0 ? "nothing is granted" : "granted: " + string.Join(", ", rights)), cancel, isQuery ? null : new { Address = address });
        });
        return command;
    }

    private static Command Remove()
    {
        var (node, account) = (new NodeOptions(), Account());
        var command = new Command("remove", "Remove an account to which no alias leads any more.\nExample: mta account remove ann@example.com") { account };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<AccountInfo>(parsed, HttpMethod.Delete, Path(parsed, account), a => Console.WriteLine($"{a.Address} is gone"), cancel));
        return command;
    }
}

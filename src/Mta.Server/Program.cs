using System.CommandLine;
using Mta.Server.Commands;

// mta: one program, a file a command. Without a command it serves.
var root = new RootCommand("""
    Mta receives mail, keeps it safe, and delivers it.

    Started without a command it is a complete node on loopback: SMTP on 127.0.0.1:2525,
    submission on 2587 and 2465 with a demo account, LMTP on 2424, HTTP on 8080, its data in ./data.

    Exit codes: 0 done, 1 it failed, 2 wrong arguments or configuration, 3 no running node could be reached.
    Example: mta serve --config /etc/mta/mta.conf
    """);
ServeCommand.AddTo(root);
root.Subcommands.Add(ServeCommand.Create());
root.Subcommands.Add(QuickstartCommand.Create());
root.Subcommands.Add(ConfigCommand.Create());
root.Subcommands.Add(TopCommand.Create());
root.Subcommands.Add(QueueCommand.Create());
root.Subcommands.Add(DomainCommand.Create());
root.Subcommands.Add(AccountCommand.Create());
root.Subcommands.Add(AliasCommand.Create());
root.Subcommands.Add(StoreCommand.Create());
root.Subcommands.Add(TlsCommand.Create());
root.Subcommands.Add(SinkCommand.Create());
root.Subcommands.Add(LoadCommand.Create());
var parsed = root.Parse(args);
string? unknown = UnknownOptions.Find(parsed, args);
if (unknown is not null || parsed.Errors.Count > 0)
{
    if (unknown is not null) Console.Error.WriteLine($"mta: there is no option {unknown}");
    else foreach (var error in parsed.Errors) Console.Error.WriteLine($"mta: {error.Message}");
    Console.Error.WriteLine($"mta: see \"mta{string.Concat(args.TakeWhile(a => !a.StartsWith('-')).Take(2).Select(a => " " + a))} --help\"");
    return ExitCode.Usage;
}
var invocation = new InvocationConfiguration();
// a node that is told to stop takes the time that stop-timeout gives it; the library would end it after two seconds
if (parsed.CommandResult.Command is RootCommand or { Name: "serve" }) invocation.ProcessTerminationTimeout = null;
return await parsed.InvokeAsync(invocation).ConfigureAwait(false);

using System.CommandLine;
using Mta.Accounts;
using Mta.Config;

namespace Mta.Server.Commands;

/// <summary><c>mta config describe|test|reload|dnscheck</c></summary>
internal static class ConfigCommand
{
    public static Command Create()
    {
        var describe = new Command("describe", "Print every key with its default and why it is so.\nExample: mta config describe | less");
        describe.SetAction(_ =>
        {
            Console.Out.Write(ConfigFile.Embedded("reference.conf"));
            return ExitCode.Done;
        });

        var config = CommonOptions.Config();
        var test = new Command("test", "Check a configuration file, and say what is wrong with its line.\nExample: mta config test --config /etc/mta/mta.conf") { config };
        test.SetAction(parsed =>
        {
            string? file = parsed.GetValue(config);
            if (CommonOptions.Load(file) is not { } settings) return ExitCode.Usage;
            Console.WriteLine($"{file ?? "mta.conf (embedded)"}: good; {settings.Hostname}, data in {Path.GetFullPath(settings.DataDir)}, "
                + (settings.Listeners.Count == 0 ? "no listener" : "listening on " + string.Join(", ", settings.Listeners.Select(l => $"{l.Name} {l.EndPoint}"))));
            return ExitCode.Done;
        });
        return new Command("config", "Describe and test the configuration, put it in force, and see what the DNS says of it.") { describe, test, Reload(), DnsCheckCommand.Create() };
    }

    private static Command Reload()
    {
        var node = new NodeOptions();
        var command = new Command("reload", """
            Have the running node read its configuration again, as SIGHUP does. No connection is dropped; a wrong file changes nothing.
            Example: mta config reload --config /etc/mta/mta.conf
            """);
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<ReloadReport>(parsed, HttpMethod.Post, "config/reload", report =>
        {
            Console.WriteLine(report.InForce.Count == 0 ? "Nothing that can change while it runs has changed; certificates and other files were read again." : "In force now:");
            foreach (string key in report.InForce) Console.WriteLine($"  {key}");
            if (report.Restart.Count > 0) Console.WriteLine("In force after a restart:");
            foreach (string key in report.Restart) Console.WriteLine($"  {key}");
        }, cancel));
        return command;
    }
}

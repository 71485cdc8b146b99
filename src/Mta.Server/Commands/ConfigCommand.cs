using System.CommandLine;
using Mta.Config;

namespace Mta.Server.Commands;

/// <summary><c>mta config describe|test|dnscheck</c></summary>
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
        return new Command("config", "Describe and test the configuration, and what the DNS says of it.") { describe, test, DnsCheckCommand.Create() };
    }
}

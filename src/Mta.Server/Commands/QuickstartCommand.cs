using System.CommandLine;
using System.Net;
using System.Text;
using Mta.Config;
using Mta.Protocol.Addresses;

namespace Mta.Server.Commands;

/// <summary><c>mta quickstart DOMAIN</c>: a commented configuration, and the DNS records to publish.</summary>
internal static class QuickstartCommand
{
    public static Command Create()
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The mail domain, such as example.com." };
        var output = new Option<string>("--output", "-o") { Description = "Where to write the configuration.", DefaultValueFactory = _ => "mta.conf", HelpName = "FILE" };
        var hostname = new Option<string?>("--hostname") { Description = "This machine's name; mail.DOMAIN if not given.", HelpName = "NAME" };
        var data = new Option<string>("--data-dir") { Description = "Where the node keeps everything.", DefaultValueFactory = _ => "/var/lib/mta", HelpName = "DIR" };
        var terms = new Option<bool>("--agree-to-terms") { Description = "Order a certificate from Let's Encrypt, whose terms of service you agree to with this: https://letsencrypt.org/repository/" };
        var force = new Option<bool>("--force") { Description = "Overwrite the file." };
        var command = new Command("quickstart", "Write a commented configuration for a mail server of DOMAIN, and print what to do next and the DNS records to publish.\nExample: mta quickstart example.com --output /etc/mta/mta.conf --agree-to-terms")
        {
            domain, output, hostname, data, terms, force,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(domain), parsed.GetValue(hostname), parsed.GetRequiredValue(data), parsed.GetValue(terms), parsed.GetRequiredValue(output), parsed.GetValue(force)));
        return command;
    }

    private static int Run(string domain, string? hostname, string data, bool agrees, string output, bool force)
    {
        string? name = DomainName.Normalize(domain), host = DomainName.Normalize(hostname ?? $"mail.{domain}");
        if (name is null or ['[', ..] || !name.Contains('.', StringComparison.Ordinal) || host is null or ['[', ..])
        {
            Console.Error.WriteLine($"mta: \"{(name is null ? domain : hostname)}\" is not a domain name such as example.com");
            return ExitCode.Usage;
        }
        var plan = new QuickstartPlan(name, host, data, agrees, output);
        string text = plan.Configuration();
        try
        {
            // what it says of the data folder is the operator's
            _ = MtaSettings.From(ConfigFile.Parse(text, output));
            using var file = new FileStream(output, force ? FileMode.Create : FileMode.CreateNew, FileAccess.Write);
            file.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (ConfigException e)
        {
            Console.Error.WriteLine($"mta: {e.Message}");
            return ExitCode.Usage;
        }
        catch (IOException) when (File.Exists(output) && !force)
        {
            Console.Error.WriteLine($"mta: {output} exists already; --force overwrites it, --output names another file");
            return ExitCode.Usage;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"mta: {output} cannot be written: {e.Message}");
            return ExitCode.Failed;
        }
        Console.WriteLine(plan.NextSteps());
        Console.WriteLine(plan.Records(OwnAddresses.Find()));
        return ExitCode.Done;
    }
}

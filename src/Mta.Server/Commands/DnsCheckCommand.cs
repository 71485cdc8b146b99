using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Accounts;
using Mta.Accounts.Admin;
using Mta.Config;
using Mta.Dns.Check;
using Mta.Protocol.Addresses;

namespace Mta.Server.Commands;

/// <summary><c>mta config dnscheck</c>: what the DNS says of this host and its domains, and what to do about it.</summary>
internal static class DnsCheckCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create()
    {
        var (config, json) = (CommonOptions.Config(), CommonOptions.Json());
        var domains = new Argument<string[]>("DOMAIN")
        {
            Description = "Look at these domains; without any: at mta.relay.domains and at those of mta domain list.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var stay = new Option<bool>("--no-connect") { Description = "Ask the DNS only; do not try whether port 25 answers." };
        var command = new Command("dnscheck", "Check the DNS records of this host and its domains; the exit code is 1 where something fails.\nExample: mta config dnscheck --config /etc/mta/mta.conf")
        {
            domains, config, stay, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            if (CommonOptions.Load(parsed.GetValue(config)) is not { } settings) return ExitCode.Usage;
            var names = new List<string>();
            foreach (string text in parsed.GetValue(domains) ?? [])
            {
                if (DomainName.Normalize(text) is not { } name || name[0] == '[')
                {
                    Console.Error.WriteLine($"mta: \"{text}\" is not a domain name such as example.com");
                    return ExitCode.Usage;
                }
                names.Add(name);
            }
            var findings = new List<DnsFinding>();
            if (names.Count == 0) findings.AddRange(await Ours(settings, names, cancel));
            var report = await new DnsCheck(settings.Dns, settings.Hostname, OwnAddresses.Find(), TimeProvider.System).RunAsync([.. names.Distinct()], cancel);
            findings.AddRange(report.Findings);
            findings.AddRange(await PortCheck.RunAsync(settings, report.Addresses, connects: !parsed.GetValue(stay), cancel));
            bool failed = findings.Any(f => f.Verdict == DnsVerdict.Fail);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { settings.Hostname, Good = !failed, Findings = findings }, Format));
            else Print(findings);
            return failed ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Adds the domains whose mail ends here to <paramref name="names"/>; says what is odd about them.</summary>
    private static async Task<IReadOnlyList<DnsFinding>> Ours(MtaSettings settings, List<string> names, CancellationToken cancel)
    {
        names.AddRange(settings.RelayPolicy.Domains.Where(d => d[0] != '[').Order(StringComparer.Ordinal));
        string folder = Path.Combine(settings.DataDir, "accounts");
        try
        {
            using var directory = SqlDirectory.Open(folder, settings.Accounts, TimeProvider.System, NullLogger.Instance);
            names.AddRange((await directory.Admin.Domains.ListAsync(null, DirectoryAdmin.MaxList, cancel)).Entries.Select(d => d.Name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new(DnsVerdict.Warn, "domains", folder, $"the domains of the accounts cannot be read: {e.Message}", "run this as the node's user, or name the domains")];
        }
        return names.Count > 0 ? [] : [new(DnsVerdict.Warn, "domains", settings.Hostname, "no domain's mail ends here", "mta domain add DOMAIN, or name the domains to look at")];
    }

    private static void Print(IEnumerable<DnsFinding> findings)
    {
        foreach (var f in findings)
        {
            string verdict = f.Verdict switch { DnsVerdict.Ok => "ok", DnsVerdict.Warn => "warn", _ => "fail" };
            // what a zone says may hold anything
            Console.WriteLine($"{verdict,-5}{f.Check,-9} {f.Subject}: {Plain(f.What)}{(f.ToDo is null ? "" : $". To do: {Plain(f.ToDo)}")}");
        }
    }

    private static string Plain(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}

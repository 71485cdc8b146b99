using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mta.Mailbox.Verify;

namespace Mta.Server.Commands;

/// <summary><c>mta store verify|import|export</c>.</summary>
internal static class StoreCommand
{
    public static Command Create()
    {
        var command = new Command("store", "The store of the mailboxes: check and repair it, bring mail into it and out of it.\nExample: mta store verify");
        command.Subcommands.Add(Verify());
        command.Subcommands.Add(MailFileCommands.Import());
        command.Subcommands.Add(MailFileCommands.Export());
        return command;
    }

    private static Command Verify()
    {
        var node = new NodeOptions();
        var repair = new Option<bool>("--repair") { Description = "Count and list anew what is wrong, and remove what belongs to nobody. No message is ever removed." };
        var account = new Option<string?>("--account") { Description = "Only this account, without the file itself.", HelpName = "ADDRESS" };
        var command = new Command("verify", """
            Check the mailboxes of the running node while it works: what is counted, what is listed, and each octet of each message.
            Exit codes: 0 all is well, 1 something was found (also where it was repaired), 2 wrong arguments, 3 no running node.
            Example: mta store verify --repair --account ann@example.com
            """) { repair, account };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Use(parsed, async (client, json) =>
        {
            string query = $"repair={(parsed.GetValue(repair) ? "true" : "false")}" + (parsed.GetValue(account) is { } name ? "&account=" + Uri.EscapeDataString(name) : "");
            var findings = new List<StoreFinding>();
            using (var progress = new ProgressLine())
                for (string? after = ""; after is not null;)
                {
                    var page = await client.Send<StoreCheckPage>(HttpMethod.Post, $"store/check?{query}{(after.Length > 0 ? "&after=" + after : "")}", cancel);
                    findings.AddRange(page.Findings);
                    if (!json && page.Findings.Count > 0)
                    {
                        progress.Clear();
                        foreach (var finding in page.Findings) Console.WriteLine(Line(finding));
                    }
                    progress.Show(() => string.Create(CultureInfo.InvariantCulture, $"{page.Stage}: {page.Done} of {page.Total}, {findings.Count} found"));
                    after = page.Next;
                }
            if (json) Console.WriteLine(JsonSerializer.Serialize(new StoreVerified(findings.Count == 0, findings), NodeOptions.Format));
            else Console.WriteLine(Summary(findings));
            return findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }, cancel));
        return command;
    }

    private static string Line(StoreFinding f)
    {
        string where = string.Join(' ', new[] { f.Account, f.Mailbox, f.Uid is { } uid ? string.Create(CultureInfo.InvariantCulture, $"UID {uid}") : null }.OfType<string>());
        return $"{f.State.ToString().ToLowerInvariant()} {f.Check}{(where.Length > 0 ? " " + where : "")}: {f.What}";
    }

    private static string Summary(List<StoreFinding> findings)
    {
        if (findings.Count == 0) return "All is well.";
        int found = findings.Count(f => f.State == FindingState.Found), damaged = findings.Count(f => f.State is FindingState.Damaged or FindingState.Failed);
        return string.Create(CultureInfo.InvariantCulture, $"{findings.Count} found: {findings.Count(f => f.State == FindingState.Repaired)} repaired, {damaged} cannot be")
            + (found > 0 ? string.Create(CultureInfo.InvariantCulture, $", {found} can be: mta store verify --repair") : "");
    }
}

/// <summary>What <c>mta store verify --json</c> prints.</summary>
internal sealed record StoreVerified(bool IsClean, IReadOnlyList<StoreFinding> Findings);

using System.CommandLine;
using System.Globalization;
using Mta.Server.Web;
using Spectre.Console;

namespace Mta.Server.Commands;

/// <summary><c>mta tls list|renew</c>, through the admin API of the running node.</summary>
internal static class TlsCommand
{
    public static Command Create()
    {
        var command = new Command("tls", "Look at the certificates of the running node, and renew them.\nExample: mta tls list");
        command.Subcommands.Add(List());
        command.Subcommands.Add(Renew());
        return command;
    }

    private static Command List()
    {
        var node = new NodeOptions();
        var command = new Command("list", "List the certificates in the order in which they are looked through.\nExample: mta tls list --json");
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<CertificateList>(parsed, HttpMethod.Get, "tls", Print, cancel));
        return command;
    }

    private static Command Renew()
    {
        var node = new NodeOptions();
        var host = new Argument<string?>("HOST") { Description = "One name; all if not given.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("renew", "Read all certificate files again, and order those of mta.tls.acme now, whatever time they have left; mta tls list shows what came of it.\nExample: mta tls renew mx.example.com")
        {
            host,
        };
        node.AddTo(command);
        command.SetAction((parsed, cancel) => node.Run<RenewingView>(
            parsed, HttpMethod.Post, parsed.GetValue(host) is { } name ? $"tls/renew?host={Uri.EscapeDataString(name)}" : "tls/renew",
            r => Console.WriteLine(r.Hosts.Length == 0 ? "files read again; none are ordered (mta.tls.acme.hosts)" : $"ordering: {string.Join(", ", r.Hosts)}"), cancel));
        return command;
    }

    private static void Print(CertificateList list)
    {
        if (list.Certificates.Length == 0)
        {
            Console.WriteLine("There is no certificate: TLS is not offered.");
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("Hosts", "Issuer", "Source", "Expires", "Next renewal", "Problem");
        foreach (var c in list.Certificates)
            table.AddRow(
                Markup.Escape(string.Join(' ', c.Hosts)), Markup.Escape(c.Issuer ?? "not issued yet"), c.Source, Time(c.Expires), Time(c.NextRenewal), Markup.Escape(c.Problem ?? ""));
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 400;
        AnsiConsole.Write(table);
    }

    private static string Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "";
}

using System.CommandLine;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
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
        var force = new Option<bool>("--force") { Description = "Overwrite the file." };
        var command = new Command("quickstart", "Write a commented configuration for a public relay of DOMAIN, and print the DNS records to publish.\nExample: mta quickstart example.com --output /etc/mta/mta.conf")
        {
            domain, output, hostname, force,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(domain), parsed.GetValue(hostname), parsed.GetRequiredValue(output), parsed.GetValue(force)));
        return command;
    }

    private static int Run(string domain, string? hostname, string output, bool force)
    {
        string? name = DomainName.Normalize(domain), host = DomainName.Normalize(hostname ?? $"mail.{domain}");
        if (name is null or ['[', ..] || !name.Contains('.', StringComparison.Ordinal) || host is null or ['[', ..])
        {
            Console.Error.WriteLine($"mta: \"{(name is null ? domain : hostname)}\" is not a domain name such as example.com");
            return ExitCode.Usage;
        }
        try
        {
            using var file = new FileStream(output, force ? FileMode.Create : FileMode.CreateNew, FileAccess.Write);
            file.Write(System.Text.Encoding.UTF8.GetBytes(Configuration(name, host)));
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
        Console.WriteLine($"Wrote {output}. Next:\n\n  mta config test --config {output}\n  mta serve --config {output}\n\nPublish these DNS records:\n\n{Records(name, host)}");
        return ExitCode.Done;
    }

    private static string Configuration(string domain, string host) => $$"""
        # A public relay for {{domain}}. Every key and its reason: mta config describe
        mta {
          # Must resolve to this machine's address, and the address back to it.
          hostname = "{{host}}"
          data-dir = "/var/lib/mta"

          listeners {
            smtp { address = "0.0.0.0", port = 25 }
            # Health, metrics and the admin API: keep it on loopback.
            http { address = "127.0.0.1", port = 8080 }
          }

          # STARTTLS is offered with a certificate that we sign ourselves, which is enough for mail between servers. For a real one, from Let's Encrypt by way
          # of port 80 (you agree to its terms of service by this), or for files of your own:
          # tls.acme { hosts = ["{{host}}"], agree-to-terms = on, contact = ["postmaster@{{domain}}"] }
          # tls.certificates = [ { certificate = "/etc/mta/cert.pem", key = "/etc/mta/key.pem" } ]

          relay {
            # Who may send to anywhere through this relay. Anyone else may only send to the domains below.
            trusted-networks = ["127.0.0.0/8", "::1/128"]
            domains = ["{{domain}}"]

            # Where mail for our domain goes: the mailbox server behind this relay. Everything else goes by MX.
            routes = [ { domain = "{{domain}}", next-hop = ["127.0.0.1:2526"] } ]
          }

          # A resolver on this machine is best; without this line those of /etc/resolv.conf are asked.
          # dns { servers = ["127.0.0.1:53"] }
        }

        """;

    private static string Records(string domain, string host)
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal).ToArray();
        string[] v4 = [.. addresses.Where(a => a.AddressFamily == AddressFamily.InterNetwork).Select(a => a.ToString())];
        string[] v6 = [.. addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6).Select(a => a.ToString())];
        if (v4.Length == 0) v4 = ["<the public IPv4 address>"];
        return string.Join('\n', [
            .. v4.Select(a => $"  {host}.  IN A     {a}"),
            .. v6.Select(a => $"  {host}.  IN AAAA  {a}"),
            $"  {domain}.  IN MX    10 {host}.",
            $"  {domain}.  IN TXT   \"v=spf1 mx -all\"",
            $"  _dmarc.{domain}.  IN TXT   \"v=DMARC1; p=none; rua=mailto:postmaster@{domain}\"",
            "",
            $"and let your provider set the reverse name (PTR) of each address to {host}.",
            "Addresses are those of this machine's interfaces: behind address translation, publish the public one.",
        ]);
    }
}

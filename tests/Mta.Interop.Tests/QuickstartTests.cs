using System.Text.Json;
using Mta.Interop.Tests.Bench;
using Mta.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>From nothing to a server: the configuration that quickstart writes runs, and the DNS check looks at what it was told to publish.</summary>
public sealed class QuickstartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_it_writes_takes_mail_for_its_accounts_and_no_other()
    {
        // the ports of the world are not to be had here; everything else is as it was written
        string folder = Directory.CreateTempSubdirectory("mta-quickstart-").FullName;
        string program = Path.Combine(AppContext.BaseDirectory, "mta.dll");
        Assert.Equal(0, (await Command.Run("dotnet", [program, "quickstart", "example.test"], folder)).ExitCode);
        string written = await File.ReadAllTextAsync(Path.Combine(folder, "mta.conf"), Cancel);
        Directory.Delete(folder, recursive: true);
        int submission = MtaProcess.FreePort(), submissions = MtaProcess.FreePort(), imaps = MtaProcess.FreePort();
        string inner = written[(written.IndexOf('{', StringComparison.Ordinal) + 1)..written.LastIndexOf('}')];
        await using var mta = new MtaProcess("");
        await File.WriteAllTextAsync(mta.ConfigPath, $$"""
            mta {
            {{inner}}
              data-dir = "{{mta.DataDir}}"
              listeners.smtp { address = "127.0.0.1", port = {{mta.SmtpPort}} }
              listeners.http.port = {{mta.HttpPort}}
              listeners.submission { address = "127.0.0.1", port = {{submission}} }
              listeners.submissions { address = "127.0.0.1", port = {{submissions}} }
              listeners.imaps { address = "127.0.0.1", port = {{imaps}} }
              relay.trusted-networks = []
            }
            """, Cancel);
        await mta.Start();
        Assert.True(MtaProcess.CanConnect(submission) && MtaProcess.CanConnect(submissions) && MtaProcess.CanConnect(imaps), mta.Output);
        foreach (string[] command in new string[][] { ["domain", "add", "example.test"], ["account", "add", "you@example.test", "--no-password"], ["alias", "add", "postmaster@example.test", "you@example.test"] })
            Assert.Equal(0, (await mta.Run([.. command, "--config", mta.ConfigPath])).ExitCode);
        using var client = await WireClient.Connect(mta.SmtpPort);
        foreach (var (command, reply) in new[]
        {
            ("MAIL FROM:<ann@else.test>", "250"), ("RCPT TO:<you@example.test>", "250"), ("RCPT TO:<postmaster@example.test>", "250"),
            ("RCPT TO:<nobody@example.test>", "550 5.1.1"), ("RCPT TO:<bob@else.test>", "550 5.7.1"),
        })
            Assert.StartsWith(reply, await client.Command(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dns_check_reads_the_domains_and_ends_with_its_verdict()
    {
        await using var dns = new DnsStub();
        // no address that the outside could reach: what is on loopback here is wrong for the world
        dns.Add("relay.test", DnsStub.A, "127.0.0.1").Add("ours.test", DnsStub.Mx, "10 relay.test").Add("ours.test", DnsStub.Txt, "v=spf1 mx -all")
            .Add("_dmarc.ours.test", DnsStub.Txt, "v=DMARC1; p=none").Add("relayed.test", DnsStub.Mx, "10 else.test");
        await using var mta = await MtaProcess.Start($"dns.servers = [\"{dns.EndPoint}\"]\n relay.domains = [\"relayed.test\", \"*.below.test\"]");
        Assert.Equal(0, (await mta.Run("domain", "add", "ours.test", "--config", mta.ConfigPath)).ExitCode);

        var text = await mta.Run("config", "dnscheck", "--config", mta.ConfigPath, "--no-connect");
        Assert.Equal(1, text.ExitCode);
        string[] lines = text.Output.TrimEnd().Split('\n');
        Assert.Contains(lines, l => l.StartsWith("fail hostname  relay.test: has addresses that nobody outside can reach: 127.0.0.1. To do: ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("ok   mx        ours.test: points here", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("ok   spf       ours.test: v=spf1 mx -all", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("fail mx        relayed.test: points elsewhere: 10 else.test. To do: publish: relayed.test. IN MX 10 relay.test.", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("warn port-25", StringComparison.Ordinal));

        var json = await mta.Run("config", "dnscheck", "ours.test", "--config", mta.ConfigPath, "--no-connect", "--json");
        Assert.Equal(1, json.ExitCode);
        using var report = JsonDocument.Parse(json.Output);
        Assert.False(report.RootElement.GetProperty("good").GetBoolean());
        Assert.Equal(["hostname", "mx", "spf", "dmarc", "port-25"], report.RootElement.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("check").GetString()!));
        Assert.Equal("fail", report.RootElement.GetProperty("findings")[0].GetProperty("verdict").GetString());
        Assert.Equal(2, (await mta.Run("config", "dnscheck", "not a domain", "--config", mta.ConfigPath)).ExitCode);
    }
}

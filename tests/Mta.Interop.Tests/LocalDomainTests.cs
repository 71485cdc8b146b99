using System.Globalization;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Mail for a domain of ours, whose mailboxes are another server's: where it goes, and what becomes of it before anyone has said that.</summary>
public sealed class LocalDomainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_route_mail_waits_and_says_why_and_goes_on_once_there_is_one()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start("queue.retry = \"1h*\"\n# ROUTE");
        string told = await Done("domain", "add", "ours.test");
        Assert.Contains("its mail waits in the queue", told, StringComparison.Ordinal);
        Assert.Contains("{ domain = \"ours.test\", next-hop = [\"127.0.0.1:2424\"], protocol = lmtp }", told, StringComparison.Ordinal);
        await Done("account", "add", "ann@ours.test", "--no-password");
        using (var client = await WireClient.Connect(mta.SmtpPort)) await client.SendData("bob@src.test", ["ann@ours.test"], SampleMail.Create(5));
        await Wait.For(async () => Why(await mta.Queue("why", "--domain", "ours.test")).Contains("451 4.3.5 no route to the mailboxes of ours.test", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), () => mta.Output);
        Assert.Contains("nowhere yet", await Done("domain", "local"), StringComparison.Ordinal);

        Assert.Contains("ours.test, a domain of ours, has no route", await Done("config", "test"), StringComparison.Ordinal);

        // what the operator was told to do is enough
        mta.Signal("HUP");
        await Wait.For(() => mta.Output.Contains("no-route domain=ours.test", StringComparison.Ordinal), TimeSpan.FromSeconds(30), () => mta.Output);
        string config = await File.ReadAllTextAsync(mta.ConfigPath, Cancel);
        await File.WriteAllTextAsync(mta.ConfigPath, config.Replace("# ROUTE",
            string.Create(CultureInfo.InvariantCulture, $"relay.routes = [ {{ domain = \"ours.test\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]"), StringComparison.Ordinal), Cancel);
        mta.Signal("HUP");
        await Wait.For(async () => (await Done("domain", "local")).Contains(string.Create(CultureInfo.InvariantCulture, $"smtp 127.0.0.1:{sink.Port}"), StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), () => mta.Output);
        await Done("queue", "flush");
        await sink.Received(1, () => mta.Output);
        Assert.Equal(["ann@ours.test"], Assert.Single(sink.Messages).Recipients);

        async Task<string> Done(params string[] arguments)
        {
            var result = await mta.Run([.. arguments, "--config", mta.ConfigPath]);
            Assert.True(result.ExitCode == 0, result.Error);
            return result.Output;
        }

        static string Why(System.Text.Json.JsonElement messages) => messages.EnumerateArray().First().GetProperty("recipients").EnumerateArray().First().GetProperty("why").GetString()!;
    }
}

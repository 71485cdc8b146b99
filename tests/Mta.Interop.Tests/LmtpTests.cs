using System.Globalization;
using System.Net;
using Mta.Interop.Tests.Bench;
using Mta.Load.Sink;

namespace Mta.Interop.Tests;

/// <summary>LMTP both ways (RFC 2033).</summary>
public sealed class LmtpTests
{
    private static string Route(int port) => string.Create(CultureInfo.InvariantCulture, $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{port}\"], protocol = lmtp }} ]\n");

    [Fact]
    public async Task Dovecot_takes_what_it_can_and_the_sender_hears_of_the_rest()
    {
        await using var dovecot = await DovecotServer.Start("bob@dst.test", "ann@dst.test");
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($$"""
            relay.routes = [
              { domain = "dst.test", next-hop = ["127.0.0.1:{{dovecot.Port}}"], protocol = lmtp }
              { domain = "*", next-hop = ["127.0.0.1:{{sink.Port}}"] }
            ]
            """);
        using (var client = await WireClient.Connect(mta.SmtpPort))
            await client.SendData("alice@src.test", ["bob@dst.test", "nobody@dst.test", "ann@dst.test"], SampleMail.Create(1), "BODY=8BITMIME");
        await sink.Received(1, () => mta.Output + dovecot.Log);
        await mta.Drained();
        foreach (string user in (string[])["bob@dst.test", "ann@dst.test"])
            Assert.Contains("X-Number: 1", Assert.Single(dovecot.Mailbox(user)), StringComparison.Ordinal);
        var bounce = Assert.Single(sink.Messages);
        Assert.Equal(["alice@src.test"], bounce.Recipients);
        Assert.Contains("Final-Recipient: rfc822; nobody@dst.test", bounce.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Final-Recipient: rfc822; bob@dst.test", bounce.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_recipient_has_the_outcome_of_its_own_reply()
    {
        // about half of the recipients are told "full" after the message
        var options = new SinkOptions
        {
            Listen = [new(IPAddress.Loopback, 0)],
            Profiles = [(Profile.Parse("rules = [ { at = end, probability = 0.5, reply = \"452 4.2.2 full\" } ]", "p"), 1)],
            Lmtp = true,
            Seed = 3,
        };
        await using var sink = SinkServer.Start(options, TimeProvider.System);
        await using var mta = await MtaProcess.Start(Route(sink.EndPoints[0].Port) + "queue.retry = \"1s*\"");
        using (var client = await WireClient.Connect(mta.SmtpPort))
            await client.SendData("alice@src.test", [.. Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"r{i}@dst.test"))], SampleMail.Create(1), "BODY=8BITMIME");
        await mta.Drained();
        // who was delivered was not sent to again, and who was not was
        Assert.Equal(30, sink.Summary().Recipients);
        Assert.Contains("status=deferred reply=\"452 4.2.2 full\"", mta.Output, StringComparison.Ordinal);
        Assert.Equal(30, mta.Output.Split("status=delivered").Length - 1);
    }

    [Fact]
    public async Task Mail_goes_from_one_node_to_another()
    {
        int port = MtaProcess.FreePort();
        await using var sink = new RecordingSink();
        await using var second = await MtaProcess.Start(string.Create(CultureInfo.InvariantCulture,
            $"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]\n listeners.lmtp {{ address = \"127.0.0.1\", port = {port} }}"));
        await using var first = await MtaProcess.Start(Route(port));
        await Senders.SendSamples(first.SmtpPort, 20);
        await sink.Received(20, () => first.Output + second.Output);
        Senders.CheckSamples(sink, 20);
        Assert.All(sink.Messages, m => Assert.Contains(" with LMTP", m.Text, StringComparison.Ordinal));
    }
}

using System.Net;
using Mta.Load.Sink;

namespace Mta.Load.Tests.Sink;

/// <summary>A sink that speaks LMTP (RFC 2033).</summary>
public sealed class LmtpTests
{
    private static SinkOptions Options(string profile) =>
        new() { Listen = [new(IPAddress.Loopback, 0)], Profiles = [(Profile.Parse(profile, "p"), 1)], Lmtp = true, Seed = 3, Check = true };

    private static async Task<SinkClient> Greet(SinkServer sink)
    {
        var client = await SinkClient.Connect(sink.EndPoints[0]);
        Assert.Equal("220 p.test LMTP", await client.Reply());
        Assert.StartsWith("250-p.test", await client.Say("LHLO client.test"), StringComparison.Ordinal);
        return client;
    }

    private static async Task<string[]> Deliver(SinkClient client, string content, params string[] recipients)
    {
        await client.Say("MAIL FROM:<a@b.test>");
        int accepted = 0;
        foreach (string recipient in recipients)
            if ((await client.Say($"RCPT TO:<{recipient}>"))[0] == '2') accepted++;
        Assert.StartsWith("354", await client.Say("DATA"), StringComparison.Ordinal);
        await client.Send(content + ".\r\n");
        string[] replies = new string[accepted];
        for (int i = 0; i < accepted; i++) replies[i] = await client.Reply();
        // nothing more was said
        Assert.StartsWith("250 2.0.0 ok", await client.Say("NOOP"), StringComparison.Ordinal);
        return replies;
    }

    [Fact]
    public async Task Each_accepted_recipient_has_its_reply()
    {
        await using var sink = SinkServer.Start(Options(""), TimeProvider.System);
        using var client = await Greet(sink);
        Assert.Equal(["250 2.1.5 delivered", "250 2.1.5 delivered"], await Deliver(client, "x\r\n", "c@d1.test", "d@d1.test"));
        Assert.Equal((1, 2), (sink.Summary().Messages, sink.Summary().Recipients));
    }

    [Fact]
    public async Task Replies_differ_and_only_who_was_accepted_counts()
    {
        await using var sink = SinkServer.Start(Options("rules = [ { at = end, probability = 0.5, reply = \"452 4.2.2 full\" } ]"), TimeProvider.System);
        using var client = await Greet(sink);
        string[] replies = await Deliver(client, $"{Tracer.Field}: {new Tracer(7, 1, 1, 1)}\r\n\r\nx\r\n", [.. Enumerable.Range(1, 50).Select(i => $"u{i}@d1.test")]);
        int accepted = replies.Count(r => r.StartsWith("250", StringComparison.Ordinal));
        Assert.InRange(accepted, 5, 45);
        Assert.Equal(50 - accepted, replies.Count(r => r == "452 4.2.2 full"));
        var summary = sink.Summary();
        Assert.Equal((1, accepted, accepted), (summary.Messages, summary.Recipients, summary.Check!.Deliveries));
        Assert.Equal(50 - accepted, summary.Providers[0].Refused[452]);
    }

    [Fact]
    public async Task Who_refuses_all_keeps_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("mta-sink-");
        try
        {
            await using (var sink = SinkServer.Start(Options("rules = [ { at = end, reply = \"550 5.2.1 no\" } ]") with { Record = folder.FullName }, TimeProvider.System))
            {
                using var client = await Greet(sink);
                Assert.Equal(["550 5.2.1 no", "550 5.2.1 no"], await Deliver(client, "x\r\n", "c@d1.test", "d@d1.test"));
                Assert.Equal(0, sink.Messages);
            }
            Assert.Empty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_message_that_is_too_big_is_refused_for_each()
    {
        await using var sink = SinkServer.Start(Options("max-message-size = 10"), TimeProvider.System);
        using var client = await Greet(sink);
        Assert.All(await Deliver(client, "more than ten octets\r\n", "c@d1.test", "d@d1.test"), r => Assert.StartsWith("552", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_knows_no_EHLO_and_no_DATA_for_nobody()
    {
        await using var sink = SinkServer.Start(Options("unknown-users { share = 1 }"), TimeProvider.System);
        using var client = await SinkClient.Connect(sink.EndPoints[0]);
        await client.Reply();
        Assert.StartsWith("500", await client.Say("EHLO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("500", await client.Say("HELO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Say("LHLO client.test"), StringComparison.Ordinal);
        await client.Say("MAIL FROM:<a@b.test>");
        Assert.StartsWith("550", await client.Say("RCPT TO:<c@d1.test>"), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.Say("DATA"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BDAT_has_a_reply_for_each_recipient_only_at_its_end()
    {
        await using var sink = SinkServer.Start(Options(""), TimeProvider.System);
        using var client = await Greet(sink);
        await client.Send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d1.test>\r\nRCPT TO:<d@d1.test>\r\nBDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\nNOOP\r\n");
        var replies = new List<string>();
        for (int i = 0; i < 7; i++) replies.Add(await client.Reply());
        Assert.Equal(["250 2.1.0 sender ok", "250 2.1.5 recipient ok", "250 2.1.5 recipient ok", "250 2.0.0 chunk received", "250 2.1.5 delivered", "250 2.1.5 delivered", "250 2.0.0 ok"], replies);
    }

    [Fact]
    public async Task The_generator_and_the_sink_agree()
    {
        await using var sink = SinkServer.Start(Options("rules = [ { at = end, probability = 0.3, reply = \"452 4.2.2 full\" } ]"), TimeProvider.System);
        var result = await new LoadRun(new() { Target = new("127.0.0.1", sink.EndPoints[0].Port), Count = 50, Sessions = 3, Recipients = 4, Lmtp = true }, TimeProvider.System)
            .Run(null, TestContext.Current.CancellationToken);
        Assert.Equal((50 * 4, result.Counts.RecipientsAccepted), (result.Counts.RecipientsAccepted + result.Counts.RecipientsRefused, sink.Summary().Recipients));
        Assert.Equal(result.Counts.RecipientsRefused, sink.Summary().Providers[0].Refused[452]);
    }
}

using System.Net;
using System.Text;
using Mta.Load.Sink;

namespace Mta.Load.Tests.Sink;

public sealed class SinkServerTests
{
    private static readonly SinkOptions Plain = Options("");

    private static SinkOptions Options(params string[] profiles) => new()
    {
        Listen = [new(IPAddress.Loopback, 0)],
        Profiles = [.. profiles.Select((text, i) => (Profile.Parse(text, $"p{i}"), 1.0))],
    };

    private static SinkServer Start(SinkOptions options) => SinkServer.Start(options, TimeProvider.System);

    private static async Task Until(Func<bool> condition)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Plain_accepts_and_counts()
    {
        await using var sink = Start(Plain);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", "Subject: x\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Deliver("", "c@d1.test", "\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.Say("QUIT"), StringComparison.Ordinal);
        await Until(() => sink.Summary().Open == 0);
        var summary = sink.Summary();
        Assert.Equal((2, 2, 1), (summary.Messages, summary.Recipients, summary.Connections));
        Assert.Equal(21 + 2, summary.Octets);
        Assert.Null(summary.Check);
    }

    [Fact]
    public async Task Commands_and_content_may_come_together()
    {
        await using var sink = Start(Plain);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Send("MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d1.test>\r\nDATA\r\n");
        foreach (string code in (string[])["250", "250", "354"]) Assert.StartsWith(code, await client.Reply(), StringComparison.Ordinal);
        await client.Send("x\r\n.\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d1.test>\r\nBDAT 3 LAST\r\na\r\nQUIT\r\n");
        foreach (string code in (string[])["250", "250", "250", "250", "221"]) Assert.StartsWith(code, await client.Reply(), StringComparison.Ordinal);
        Assert.Equal(2, sink.Messages);
    }

    [Fact]
    public async Task A_record_is_byte_exact()
    {
        var folder = Directory.CreateTempSubdirectory("mta-sink-");
        try
        {
            // octets of all kinds, a stuffed dot, more than any buffer
            string content = "X: \xFF\x80\0\r\n\r\n.dot\r\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i}, not short\r\n"));
            await using (var sink = Start(Plain with { Record = folder.FullName }))
            {
                using var client = await SinkClient.Greet(sink.EndPoints[0]);
                Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", content.Replace("\r\n.dot", "\r\n..dot", StringComparison.Ordinal)), StringComparison.Ordinal);
            }
            Assert.Equal(["000000001.eml", "000000001.json"], folder.GetFiles().Select(f => f.Name).Order());
            Assert.Equal(content, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "000000001.eml"), TestContext.Current.CancellationToken)));
            string envelope = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "000000001.json"), TestContext.Current.CancellationToken);
            Assert.Contains("\"sender\": \"a@b.test\"", envelope, StringComparison.Ordinal);
            Assert.Contains("\"c@d1.test\"", envelope, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Mbox_and_maildir_keep_what_was_accepted_and_nothing_else()
    {
        var folder = Directory.CreateTempSubdirectory("mta-sink-");
        try
        {
            string mbox = Path.Combine(folder.FullName, "mbox"), maildir = Path.Combine(folder.FullName, "maildir");
            foreach (var options in (SinkOptions[])[Plain with { Mbox = mbox }, Plain with { Maildir = maildir }])
            {
                await using var sink = Start(options);
                using (var broken = await SinkClient.Greet(sink.EndPoints[0]))
                {
                    await broken.Say("MAIL FROM:<a@b.test>");
                    await broken.Say("RCPT TO:<c@d1.test>");
                    await broken.Say("DATA");
                    await broken.Send("never finished");
                }
                using var client = await SinkClient.Greet(sink.EndPoints[0]);
                Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", "S: x\r\n\r\nFrom here\r\n"), StringComparison.Ordinal);
            }
            string[] lines = await File.ReadAllLinesAsync(mbox, TestContext.Current.CancellationToken);
            Assert.StartsWith("From a@b.test ", lines[0], StringComparison.Ordinal);
            Assert.Equal(["S: x", "", ">From here", ""], lines[1..]);
            Assert.False(Directory.Exists(mbox + ".parts"));
            Assert.Equal("S: x\r\n\r\nFrom here\r\n", File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(maildir, "new")))));
            Assert.Empty(Directory.GetFiles(Path.Combine(maildir, "tmp")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Ids_are_found_below_what_a_relay_puts_in_front()
    {
        await using var sink = Start(Plain with { Check = true });
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        foreach (int sequence in (int[])[1, 2, 2, 4])
            await client.Deliver("a@b.test", "c@d1.test", $"Received: from x\r\n by y\r\n{Tracer.Field}: {new Tracer(7, 1, sequence, 1)}\r\nSubject: x\r\n\r\nbody\r\n");
        await client.Deliver("a@b.test", "c@d1.test", $"Subject: x\r\n\r\n{Tracer.Field}: {new Tracer(7, 1, 9, 1)}\r\n");
        var check = sink.Summary().Check!;
        Assert.Equal((3, 1, 1, 1), (check.Messages, check.Lost, check.Doubled, check.Untraced));
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("ehlo")]
    [InlineData("mail")]
    [InlineData("rcpt")]
    [InlineData("data")]
    [InlineData("end")]
    public async Task A_421_at_any_stage_closes(string stage)
    {
        await using var sink = Start(Options($"rules = [ {{ at = {stage}, reply = \"421 4.3.2 gone\" }} ]"));
        using var client = await SinkClient.Connect(sink.EndPoints[0]);
        await client.Send("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d1.test>\r\nDATA\r\n");
        var replies = new List<string>();
        while (await client.Reply() is { Length: > 0 } reply)
        {
            replies.Add(reply);
            if (reply.StartsWith("354", StringComparison.Ordinal)) await client.Send("x\r\n.\r\nNOOP\r\n");
        }
        Assert.Equal("421 4.3.2 gone", replies[^1]);
        client.Dispose();
        await Until(() => sink.Summary().Open == 0);
        Assert.Equal(0, sink.Messages);
        Assert.Equal(1, sink.Summary().Providers[0].Refused[421]);
    }

    [Theory]
    [InlineData("mail", "550 5.7.1 no", "RCPT TO:<c@d1.test>", "503")]
    [InlineData("end", "552 5.2.2 full", "NOOP", "250")]
    public async Task After_another_refusal_the_session_goes_on(string stage, string refusal, string next, string expected)
    {
        await using var sink = Start(Options($"rules = [ {{ at = {stage}, reply = \"{refusal}\" }} ]"));
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        string reply = await client.Say("MAIL FROM:<a@b.test>");
        if (stage == "end")
        {
            await client.Say("RCPT TO:<c@d1.test>");
            await client.Say("DATA");
            reply = await client.Say("x\r\n.");
        }
        Assert.Equal(refusal, reply);
        Assert.StartsWith(expected, await client.Say(next), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_introduction_can_be_tried_again_and_leads_nowhere_before()
    {
        await using var sink = Start(Options("rules = [ { at = ehlo, reply = \"550 5.7.1 go away\", probability = 1 } ]"));
        using var client = await SinkClient.Connect(sink.EndPoints[0]);
        await client.Reply();
        Assert.Equal("550 5.7.1 go away", await client.Say("EHLO client.test"));
        Assert.StartsWith("503", await client.Say("MAIL FROM:<a@b.test>"), StringComparison.Ordinal);
        Assert.Equal("550 5.7.1 go away", await client.Say("HELO client.test"));
        Assert.StartsWith("250", await client.Say("NOOP"), StringComparison.Ordinal);
        Assert.Equal(2, sink.Summary().Providers[0].Refused[550]);
    }

    [Fact]
    public async Task A_refused_starttls_leaves_the_session_in_the_clear()
    {
        await using var sink = Start(Options("rules = [ { at = start-tls, reply = \"454 4.7.0 TLS not available\" } ]") with { Tls = true });
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        Assert.Equal("454 4.7.0 TLS not available", await client.Say("STARTTLS"));
        Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", "x\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storm_at_starttls_that_is_over_lets_TLS_begin()
    {
        await using var sink = Start(Options("rules = [ { at = start-tls, reply = \"454 4.7.0 no\", from = 1h, for = 1s } ]") with { Tls = true });
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.StartTls();
        Assert.StartsWith("250", await client.Say("EHLO client.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_connections_are_greeted_with_421()
    {
        await using var sink = Start(Options("connections { per-address = 1 }"));
        using var first = await SinkClient.Greet(sink.EndPoints[0]);
        using (var second = await SinkClient.Connect(sink.EndPoints[0]))
        {
            Assert.StartsWith("421", await second.Reply(), StringComparison.Ordinal);
            Assert.Equal("", await second.Reply());
        }
        await first.Say("QUIT");
        await Until(() => sink.Summary().Open == 0);
        using var third = await SinkClient.Greet(sink.EndPoints[0]);
    }

    [Fact]
    public async Task On_a_shared_address_the_recipient_shows_the_provider()
    {
        await using var sink = Start(Options("", "unknown-users { share = 1 }") with { Domains = 10 });
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        var codes = new Dictionary<string, int>();
        for (int n = 1; n <= 10; n++)
        {
            string code = (await client.Deliver("a@b.test", $"u@d{n}.test", "x\r\n"))[..3];
            codes[code] = codes.GetValueOrDefault(code) + 1;
        }
        var summary = sink.Summary();
        Assert.Equal(codes["250"], summary.Providers[0].Messages);
        Assert.Equal(codes["550"], summary.Providers[1].Refused[550]);
        Assert.Equal((codes["250"], codes["550"]), (summary.Providers[0].Domains, summary.Providers[1].Domains));
    }

    [Theory]
    [InlineData("stall")]
    [InlineData("half-close")]
    [InlineData("reset")]
    public async Task A_fault_gives_no_reply(string fault)
    {
        await using var sink = Start(Options($"rules = [ {{ at = rcpt, fault = {fault} }} ]"));
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Say("MAIL FROM:<a@b.test>");
        await client.Send("RCPT TO:<c@d1.test>\r\n");
        if (fault == "stall") await Until(() => sink.Summary().Providers[0].Faults == 1);
        else if (fault == "reset") await Assert.ThrowsAsync<IOException>(client.Reply);
        else Assert.Equal("", await client.Reply());
        if (fault != "reset") Assert.Equal(1, sink.Summary().Open);
        client.Dispose();
        await Until(() => sink.Summary().Open == 0);
    }

    [Fact]
    public async Task A_slow_reader_takes_everything_in_the_end()
    {
        await using var sink = Start(Options("rules = [ { at = data, fault = slow-read } ]"));
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", new string('x', 100) + "\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_works_and_can_be_broken()
    {
        await using (var sink = Start(Plain with { Tls = true }))
        {
            using var client = await SinkClient.Greet(sink.EndPoints[0]);
            await client.StartTls();
            Assert.DoesNotContain("STARTTLS", await client.Say("EHLO client.test"), StringComparison.Ordinal);
            Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", "x\r\n"), StringComparison.Ordinal);
        }
        await using (var sink = Start(Options("rules = [ { at = tls } ]") with { Tls = true }))
        {
            using var client = await SinkClient.Greet(sink.EndPoints[0]);
            await Assert.ThrowsAnyAsync<Exception>(client.StartTls);
        }
    }

    [Fact]
    public async Task An_endless_line_costs_nothing_and_the_session_goes_on()
    {
        await using var sink = Start(Plain);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        string piece = new('A', 1 << 20);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 32; i++) await client.Send(piece);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 << 20);
        Assert.StartsWith("500", await client.Say(""), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Say("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_ends_its_side_gets_its_replies_first()
    {
        await using var sink = Start(Plain);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Send("NOOP\r\nNOOP\r\n");
        client.EndSending();
        Assert.StartsWith("250", await client.Reply(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Reply(), StringComparison.Ordinal);
        Assert.Equal("", await client.Reply());
        await Until(() => sink.Summary().Open == 0);
    }

    [Fact]
    public async Task Beyond_the_limit_connections_are_turned_away()
    {
        await using var sink = Start(Plain with { MaxConnections = 1 });
        using var first = await SinkClient.Greet(sink.EndPoints[0]);
        using var second = await SinkClient.Connect(sink.EndPoints[0]);
        Assert.StartsWith("421", await second.Reply(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_silent_are_closed()
    {
        await using var sink = Start(Plain with { IdleLimit = TimeSpan.FromMilliseconds(1) });
        using var client = await SinkClient.Connect(sink.EndPoints[0]);
        Assert.StartsWith("220", await client.Reply(), StringComparison.Ordinal);
        await Until(() => sink.Summary().Open == 0);
    }
}

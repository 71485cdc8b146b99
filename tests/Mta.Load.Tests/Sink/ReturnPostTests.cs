using System.Net;
using System.Text;
using MimeKit;
using Mta.Load.Sink;
using Mta.Load.Tests.Load;

namespace Mta.Load.Tests.Sink;

/// <summary>Bounces and complaints that a sink mails back.</summary>
public sealed class ReturnPostTests
{
    private static SinkOptions Options(string profile, EndPoint? to) =>
        new() { Listen = [new(IPAddress.Loopback, 0)], Profiles = [(Profile.Parse(profile, "provider"), 1)], ReturnTo = to };

    private const string Bounces = "bounces { share = 1, delay = 0s, reply = \"550 5.2.1 the mailbox is disabled\" }";
    private const string Complaints = "reputation { complaints = 1 }\n feedback { delay = 0s }";

    private static async Task Until(Func<bool> condition)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<MimeMessage> Returned(LoadServer home)
    {
        await Until(() => !home.Messages.IsEmpty);
        return await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(home.Messages.First())), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_bounce_is_a_delivery_status_notification()
    {
        await using var home = new LoadServer();
        await using var sink = SinkServer.Start(Options(Bounces, home.Target), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Say("MAIL FROM:<news@sender.test> ENVID=QQ+2B1+0D+0AX:y");
        await client.Say("RCPT TO:<c@d1.test> ORCPT=rfc822;Old+40d1.test");
        await client.Say("DATA");
        Assert.StartsWith("250", await client.Say("Subject: x\r\nX-Campaign: 7\r\n\r\nsecret text\r\n."), StringComparison.Ordinal);

        var message = await Returned(home);
        Assert.Contains("MAIL FROM:<>", home.Commands);
        Assert.Contains("RCPT TO:<news@sender.test>", home.Commands);
        Assert.Equal("auto-replied", message.Headers[HeaderId.AutoSubmitted]);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        var status = Assert.IsType<MessageDeliveryStatus>(report[1]);
        Assert.Equal(2, status.StatusGroups.Count);
        Assert.Equal("QQ+1??X:y", status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal("dns; provider.test", status.StatusGroups[0]["Reporting-MTA"]);
        var fields = status.StatusGroups[1];
        Assert.Equal(("rfc822; Old@d1.test", "rfc822; c@d1.test", "failed", "5.2.1", "smtp; 550 5.2.1 the mailbox is disabled"),
            (fields["Original-Recipient"], fields["Final-Recipient"], fields["Action"], fields["Status"], fields["Diagnostic-Code"]));
        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
        Assert.Contains("X-Campaign: 7", home.Messages.First(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret text", home.Messages.First(), StringComparison.Ordinal);
        await Until(() => sink.Summary().Returns is { Bounces: 1, Sent: 1, Waiting: 0 });
    }

    [Theory]
    [InlineData("", "news@sender.test")]
    [InlineData("fbl@loop.test", "fbl@loop.test")]
    public async Task A_complaint_is_a_feedback_report(string to, string expected)
    {
        await using var home = new LoadServer();
        await using var sink = SinkServer.Start(Options(Complaints + $"\n feedback.to = \"{to}\"", home.Target), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Deliver("news@sender.test", "c@d1.test", "Subject: x\r\nX-Campaign: 7\r\n\r\ntext\r\n");

        var message = await Returned(home);
        Assert.Contains("MAIL FROM:<>", home.Commands);
        Assert.Contains($"RCPT TO:<{expected}>", home.Commands);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("feedback-report", report.ReportType);
        var fields = Assert.IsType<MessageFeedbackReport>(report[1]).Fields;
        Assert.Equal(("abuse", "1", "<news@sender.test>", "<c@d1.test>", "127.0.0.1"),
            (fields["Feedback-Type"], fields["Version"], fields["Original-Mail-From"], fields["Original-Rcpt-To"], fields["Source-IP"]));
        Assert.NotNull(fields["User-Agent"]);
        Assert.Contains("X-Campaign: 7", home.Messages.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_comes_back_to_the_null_reverse_path_nor_where_NOTIFY_forbids()
    {
        await using var home = new LoadServer();
        await using var sink = SinkServer.Start(Options(Bounces + "\n" + Complaints + "\n feedback.to = \"fbl@loop.test\"", home.Target), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Deliver("", "c@d1.test", "x\r\n");
        await client.Say("MAIL FROM:<a@b.test>");
        await client.Say("RCPT TO:<c@d1.test> NOTIFY=NEVER");
        await client.Say("DATA");
        await client.Say("x\r\n.");
        Assert.Equal((0, 1), (sink.Summary().Returns!.Bounces, sink.Summary().Returns!.Complaints));
    }

    [Fact]
    public async Task The_same_addresses_bounce_each_time()
    {
        await using var sink = SinkServer.Start(Options("bounces { share = 0.5, delay = 1h }", new IPEndPoint(IPAddress.Loopback, 9)), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        for (int i = 0; i < 40; i++) await client.Deliver("a@b.test", $"u{i}@d1.test", "x\r\n");
        long once = sink.Summary().Returns!.Bounces;
        Assert.InRange(once, 5, 35);
        for (int i = 0; i < 40; i++) await client.Deliver("a@b.test", $"u{i}@d1.test", "x\r\n");
        Assert.Equal((2 * once, 2 * once), (sink.Summary().Returns!.Bounces, sink.Summary().Returns!.Waiting));
    }

    [Fact]
    public async Task What_is_put_off_is_tried_again_and_what_is_refused_is_not()
    {
        int tries = 0;
        await using var home = new LoadServer
        {
            Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal)
                ? line.Contains("bad@", StringComparison.Ordinal) ? "550 5.1.1 nobody" : ++tries == 1 ? "451 4.3.0 later" : null
                : null,
        };
        await using var sink = SinkServer.Start(Options(Bounces, home.Target), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Deliver("bad@b.test", "c@d1.test", "x\r\n");
        await client.Deliver("good@b.test", "c@d1.test", "x\r\n");
        await Until(() => sink.Summary().Returns is { Sent: 1, Failed: 1, Waiting: 0 });
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_home_that_is_not_there_keeps_nothing_waiting_for_ever_and_stops_nothing()
    {
        await using var sink = SinkServer.Start(Options(Bounces, new IPEndPoint(IPAddress.Loopback, 9)), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Deliver("a@b.test", "c@d1.test", "x\r\n");
        await Until(() => sink.Summary().Returns!.Bounces == 1);
        Assert.StartsWith("250", await client.Deliver("a@b.test", "c@d1.test", "x\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_8_bit_header_comes_back_in_7_bits()
    {
        await using var home = new LoadServer();
        await using var sink = SinkServer.Start(Options(Bounces, home.Target), TimeProvider.System);
        using var client = await SinkClient.Greet(sink.EndPoints[0]);
        await client.Deliver("a@b.test", "c@d1.test", "Subject: \xFC\r\n\r\ntext\r\n");
        await Returned(home);
        Assert.True(System.Text.Ascii.IsValid(home.Messages.First()));
    }
}

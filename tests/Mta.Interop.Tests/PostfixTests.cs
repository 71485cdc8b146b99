using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Postfix before us and behind us.</summary>
public sealed class PostfixTests
{
    private const int Messages = 200;
    private const string Retry = "queue.retry = \"1s*\"\n delivery.back-off { min = 500ms, max = 1s }\n";

    private static string Route(string domain, int port) => $"{{ domain = \"{domain}\", next-hop = [\"127.0.0.1:{port}\"] }}";

    [Theory]
    [InlineData("none", "may", false)]
    [InlineData("opportunistic", "none", false)]
    [InlineData("opportunistic", "may", true)]
    [InlineData("required", "encrypt", true)]
    public async Task Postfix_takes_all_that_we_send_it(string ours, string theirs, bool isEncrypted)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var postfix = await PostfixServer.Start(certificate, $"smtpd_tls_security_level = {theirs}", ("*", sink.Port));
        await using var mta = await MtaProcess.Start($"relay.routes = [ {Route("*", postfix.Port)} ]\n delivery.tls = {ours}\n{Retry}");
        await Senders.SendSamples(mta.SmtpPort, Messages);
        await sink.Received(Messages, () => mta.Output + postfix.Log);
        await mta.Drained();
        Senders.CheckSamples(sink, Messages);
        Assert.All(sink.Messages, m => Assert.Equal(isEncrypted, m.Text.Contains("by postfix.test (Postfix) with ESMTPS", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false, "may", false)]
    [InlineData(true, "none", false)]
    [InlineData(true, "may", true)]
    [InlineData(true, "encrypt", true)]
    public async Task We_take_all_that_Postfix_sends(bool isOffered, string theirs, bool isEncrypted)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {Route("*", sink.Port)} ]\n{Retry}{(isOffered ? certificate.Offer : "tls.self-signed = off\n")}");
        await using var postfix = await PostfixServer.Start(certificate, $"smtp_tls_security_level = {theirs}", ("*", mta.SmtpPort));
        await Senders.SendSamples(postfix.Port, Messages);
        await sink.Received(Messages, () => mta.Output + postfix.Log);
        Senders.CheckSamples(sink, Messages);
        Assert.All(sink.Messages, m => Assert.Equal(isEncrypted, m.Text.Contains("by relay.test with ESMTPS", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_Postfix_refuses_comes_back_through_it_and_the_others_get_theirs()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var postfix = await PostfixServer.Start(certificate, "", ("*", sink.Port));
        await using var mta = await MtaProcess.Start($"relay.routes = [ {Route("*", postfix.Port)} ]\n{Retry}");
        byte[] message = SampleMail.Create(1);
        using var client = await WireClient.Connect(mta.SmtpPort);
        await client.SendData("alice@src.test", ["one@dst.test", "nobody@dst.test", "two@dst.test"], message);
        await sink.Received(2, () => mta.Output + postfix.Log);
        await mta.Drained();

        var (bounce, mail) = (Assert.Single(sink.Messages, m => m.From.Length == 0), Assert.Single(sink.Messages, m => m.From.Length > 0));
        Assert.Equal(["one@dst.test", "two@dst.test"], mail.Recipients.Order());
        Assert.Equal(message, mail.Original);
        Assert.Equal(["alice@src.test"], bounce.Recipients);
        Assert.Contains("Final-Recipient: rfc822; nobody@dst.test", bounce.Text, StringComparison.Ordinal);
        Assert.Contains("550 5.1.1", bounce.Text, StringComparison.Ordinal);
        Assert.Contains("by postfix.test (Postfix)", bounce.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_bounce_of_what_Postfix_sent_is_taken_by_it()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink { OnRecipient = a => a == "gone@dst.test" ? "550 5.1.1 gone" : "250 2.1.5 ok" };
        // both know the other's port before it listens
        int ours = MtaProcess.FreePort();
        await using var postfix = await PostfixServer.Start(certificate, "", ("src.test", sink.Port), ("*", ours));
        await using var mta = await MtaProcess.Start($$"""
            listeners.second { kind = smtp, address = "127.0.0.1", port = {{ours}} }
            relay.routes = [ {{Route("src.test", postfix.Port)}}, {{Route("*", sink.Port)}} ]
            {{Retry}}
            """);
        using var client = await WireClient.Connect(postfix.Port);
        await client.SendData("alice@src.test", ["one@dst.test", "gone@dst.test"], SampleMail.Create(0));
        await sink.Received(2, () => mta.Output + postfix.Log);
        var bounce = Assert.Single(sink.Messages, m => m.From.Length == 0);
        Assert.Equal(["alice@src.test"], bounce.Recipients);
        Assert.Contains("by postfix.test (Postfix)", bounce.Text, StringComparison.Ordinal);
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 gone", bounce.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task International_addresses_pass_both()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        await using var last = await MtaProcess.Start($"relay.routes = [ {Route("*", sink.Port)} ]\n{Retry}");
        await using var postfix = await PostfixServer.Start(certificate, "smtputf8_enable = yes", ("*", last.SmtpPort));
        await using var first = await MtaProcess.Start($"relay.routes = [ {Route("*", postfix.Port)} ]\n{Retry}");
        byte[] message = Encoding.UTF8.GetBytes("From: jörg@пример.test\r\nTo: δοκιμή@例え.test\r\nSubject: grüße\r\n\r\nschöne Grüße\r\n");
        using var client = await WireClient.Connect(first.SmtpPort);
        await client.SendData("jörg@пример.test", ["δοκιμή@例え.test"], message, "BODY=8BITMIME SMTPUTF8");
        await sink.Received(1, () => first.Output + postfix.Log + last.Output);
        var received = sink.Messages.First();
        Assert.Equal(("jörg@пример.test", "δοκιμή@例え.test"), (received.From, received.Recipients[0]));
        Assert.Contains(" SMTPUTF8", received.MailLine, StringComparison.Ordinal);
        Assert.Equal(message, received.Original);
    }

    [Fact]
    public async Task Delivery_status_parameters_pass_both()
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        await using var postfix = await PostfixServer.Start(certificate, "", ("*", sink.Port));
        await using var mta = await MtaProcess.Start($"relay.routes = [ {Route("*", postfix.Port)} ]\n{Retry}");
        using var client = await WireClient.Connect(mta.SmtpPort);
        Assert.StartsWith("250", await client.Command("MAIL FROM:<alice@src.test> RET=HDRS ENVID=a+2Bb"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Command("RCPT TO:<bob@dst.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;first+2Bone@dst.test"), StringComparison.Ordinal);
        Assert.StartsWith("354", await client.Command("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Command("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        await sink.Received(1, () => mta.Output + postfix.Log);
        var received = sink.Messages.First();
        Assert.Contains(" RET=HDRS", received.MailLine, StringComparison.Ordinal);
        Assert.Contains(" ENVID=a+2Bb", received.MailLine, StringComparison.Ordinal);
        Assert.Contains("ORCPT=rfc822;first+2Bone@dst.test", received.RecipientLines[0], StringComparison.Ordinal);
        Assert.Contains("NOTIFY=FAILURE,DELAY", received.RecipientLines[0], StringComparison.Ordinal);
    }
}

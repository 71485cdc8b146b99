using System.Text;
using Microsoft.Extensions.Time.Testing;
using Mta.Accounts;
using Mta.Config;
using Mta.Mail;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Tests.Spool;

namespace Mta.Tests.Smtp;

/// <summary>Our own users at a listener of the kind submission, and mail for our own mailboxes.</summary>
public class SubmissionTests
{
    private const string SignIn = "AUTH PLAIN AHRpbQB0YW5zdGFhZg==";
    private const string Header = "From: tim@here.example\r\nDate: d\r\nMessage-ID: <i@d>\r\n";

    private static TestDirectory Directory(int messagesPerHour = 0) => new()
    {
        Users = { ["tim"] = new(7, "tim@here.example", 0, messagesPerHour) },
        LocalDomains = { "here.example" },
        Mailboxes =
        {
            ["bob@here.example"] = To("bob@here.example"),
            ["team@here.example"] = To("bob@here.example", "ann@here.example", "eve@there.example"),
            ["full@here.example"] = new Resolution.Closed(SmtpReply.Parse("452 4.2.2 mailbox full")),
        },
    };

    private static Resolution.Deliverable To(params string[] addresses) => new([.. addresses.Select(a => new MailPath(a, a[(a.IndexOf('@', StringComparison.Ordinal) + 1)..]))]);

    private static SmtpServer Server(TestDirectory directory, ListenerKind kind = ListenerKind.Submission, string submission = "", TimeProvider? clock = null, string smtp = "", bool trusted = true) =>
        new(smtp, tls: SmtpServer.Tls, kind: kind, directory: directory, submission: "allow-plaintext-on-loopback = true\n" + submission, clock: clock, policy: new OpenPolicy(trusted));

    private static async Task<SmtpClientPeer> SignedIn(SmtpServer server)
    {
        var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        Assert.Equal("235 2.7.0 signed in", await client.CommandAsync(SignIn));
        return client;
    }

    private static async Task<string?> Send(SmtpClientPeer client, string message, string from = "tim@here.example", params string[] to)
    {
        foreach (string command in (string[])[$"MAIL FROM:<{from}>", .. (to.Length == 0 ? ["x@there.example"] : to).Select(t => $"RCPT TO:<{t}>"), "DATA"])
        {
            string? reply = await client.CommandAsync(command);
            if (reply is not ['2' or '3', ..]) return reply;
        }
        await client.SendAsync(message + "\r\n.\r\n");
        return await client.ReplyAsync();
    }

    private static string[] Recipients(Envelope envelope) => [.. envelope.Recipients.Select(r => r.Address)];

    [Fact]
    public async Task A_submitted_message_is_mended_and_stored_with_its_account()
    {
        await using var server = Server(Directory(), trusted: false);
        using var client = await SignedIn(server);
        Assert.StartsWith("250 2.0.0 queued as ", await Send(client, "From: tim@here.example\r\nBcc: secret@there.example\r\nSubject: x\r\n\r\nbody"), StringComparison.Ordinal);
        var stored = await server.NextStoredAsync();
        string text = Encoding.Latin1.GetString(stored.Body.ReadAll());
        Assert.Equal("tim@here.example", stored.Envelope.Account);
        Assert.Contains(" with ESMTPA id ", text, StringComparison.Ordinal);
        Assert.Matches($"\r\nFrom: tim@here.example\r\nSubject: x\r\nDate: [^\r]*\r\nMessage-ID: <{stored.Envelope.Id}@mx.test>\r\n\r\nbody\r\n$", text);
        Assert.Equal(text.Length, stored.Envelope.Size);
    }

    [Fact]
    public async Task It_may_come_in_chunks()
    {
        await using var server = Server(Directory());
        using var client = await SignedIn(server);
        await client.CommandAsync("MAIL FROM:<tim@here.example> BODY=BINARYMIME");
        await client.CommandAsync("RCPT TO:<x@there.example>");
        await client.SendAsync("BDAT 10\r\nFrom: tim@BDAT 22\r\nhere.example\r\nBcc: x\r\nBDAT 4 LAST\r\n\r\n\0\n");
        Assert.StartsWith("250 ", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250 2.0.0 queued", await client.ReplyAsync(), StringComparison.Ordinal);
        string text = Encoding.Latin1.GetString((await server.NextStoredAsync()).Body.ReadAll());
        Assert.EndsWith("\r\n\r\n\0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other@here.example", Header, "550 5.7.1 *")]
    [InlineData("alias-tim@here.example", "From: alias-2@here.example\r\n", "250 *")]
    [InlineData("tim@here.example", "From: other@here.example\r\n", "550 5.7.1 *")]
    [InlineData("tim@here.example", "From: tim@here.example, other@here.example\r\n", "550 5.7.1 *")]
    [InlineData("tim@here.example", "From: tim@here.example\r\nSender: other@here.example\r\n", "550 5.7.1 *")]
    [InlineData("", Header, "250 *")] // RFC 8098 §3: a disposition notification
    [InlineData("", "From: other@here.example\r\n", "550 5.7.1 *")]
    [InlineData("tim@here.example", "Subject: x\r\n", "550 5.6.0 *")]
    [InlineData("tim@here.example", "From: tim@here.example\r\nSubject: gr\xFC\xDF\r\n", "550 5.6.0 *")]
    public async Task The_sender_is_the_users_own(string from, string header, string reply)
    {
        await using var server = Server(Directory());
        using var client = await SignedIn(server);
        Assert.Matches("^" + reply.Replace(" *", " .*", StringComparison.Ordinal), await Send(client, header + "\r\n", from));
        // and the session goes on
        Assert.StartsWith("250 ", await Send(client, Header + "\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task From_may_be_left_unchecked()
    {
        await using var server = Server(Directory(), submission: "check-from = false");
        using var client = await SignedIn(server);
        Assert.StartsWith("250 ", await Send(client, "From: other@else.example\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_sends_nothing_and_only_loopback_signs_in_without_tls()
    {
        await using var server = new SmtpServer(tls: SmtpServer.Tls, kind: ListenerKind.Submission, directory: Directory());
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        Assert.Equal("530 5.7.0 must issue a STARTTLS command first", await client.CommandAsync("MAIL FROM:<tim@here.example>"));
        Assert.StartsWith("538 5.7.11 ", await client.CommandAsync(SignIn), StringComparison.Ordinal);
        await client.CommandAsync("STARTTLS");
        await client.StartTlsAsync();
        await client.CommandAsync("EHLO client.example");
        Assert.Equal("530 5.7.0 authentication required", await client.CommandAsync("MAIL FROM:<tim@here.example>"));
        Assert.Equal("235 2.7.0 signed in", await client.CommandAsync(SignIn));
        Assert.StartsWith("250 ", await client.CommandAsync("MAIL FROM:<tim@here.example>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tls_comes_first_at_submissions(bool proxied)
    {
        await using var server = new SmtpServer(tls: SmtpServer.Tls, kind: ListenerKind.Submissions, directory: Directory(),
            listener: proxied ? "proxy-protocol.trusted = [\"127.0.0.0/8\"]" : "");
        using var client = await server.ConnectAsync();
        if (proxied) await client.SendAsync("PROXY TCP4 198.51.100.7 192.0.2.1 4321 465\r\n");
        await client.StartTlsAsync();
        Assert.Equal("220 mx.test ESMTP", await client.ReplyAsync());
        await client.SendAsync("EHLO client.example\r\n");
        var lines = new List<string>();
        do lines.Add((await client.ReadLineAsync())!);
        while (lines[^1][3] == '-');
        Assert.Contains("250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN", lines);
        Assert.DoesNotContain("250-STARTTLS", lines);
        Assert.Equal("235 2.7.0 signed in", await client.CommandAsync(SignIn));
        Assert.StartsWith("250 ", await Send(client, Header + "\r\n"), StringComparison.Ordinal);
        var stored = await server.NextStoredAsync();
        Assert.Equal(proxied ? "198.51.100.7" : "127.0.0.1", stored.Envelope.ClientAddress);
        Assert.Contains(" with ESMTPSA (TLS", Encoding.Latin1.GetString(stored.Body.ReadAll()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_that_the_accounts_take_is_not_the_clients()
    {
        var clock = new FakeTimeProvider();
        var directory = Directory();
        var asked = new TaskCompletionSource();
        await using var server = Server(directory, clock: clock, smtp: "timeouts.command = 10s", submission: "answer-limit = 60s");
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        directory.Delay = asked.Task;
        await client.SendAsync(SignIn + "\r\nNOOP\r\n");
        while (directory.Questions.IsEmpty) await Task.Yield();
        clock.Advance(TimeSpan.FromSeconds(30));
        asked.SetResult();
        Assert.Equal("235 2.7.0 signed in", await client.ReplyAsync());
        Assert.Equal("250 2.0.0 ok", await client.ReplyAsync());
    }

    [Fact]
    public async Task Accounts_that_do_not_answer_are_no_fault_of_the_clients()
    {
        var clock = new FakeTimeProvider();
        var directory = Directory();
        await using var server = Server(directory, clock: clock, smtp: "timeouts { command = 10000d, session = 10000d }", submission: "answer-limit = 20s");
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        directory.Fails = true;
        Assert.Equal("454 4.7.0 temporary authentication failure", await client.CommandAsync(SignIn));
        directory.Fails = false;
        var never = new TaskCompletionSource();
        directory.Delay = never.Task;
        await client.SendAsync(SignIn + "\r\n");
        var reply = client.ReplyAsync();
        while (!reply.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.Equal("454 4.7.0 temporary authentication failure", await reply);
        directory.Delay = null;
        Assert.Equal("235 2.7.0 signed in", await client.CommandAsync(SignIn));
        await client.CommandAsync("MAIL FROM:<tim@here.example>");
        directory.Fails = true;
        Assert.StartsWith("451 4.3.0 ", await client.CommandAsync("RCPT TO:<bob@here.example>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.CommandAsync("RCPT TO:<bob@there.example>"), StringComparison.Ordinal);
        await client.CommandAsync("DATA");
        await client.SendAsync(Header + "\r\n.\r\n");
        Assert.StartsWith("451 4.3.0 ", await client.ReplyAsync(), StringComparison.Ordinal);
        never.SetResult();
    }

    [Fact]
    public async Task A_drain_waits_for_an_open_question()
    {
        var directory = Directory();
        var asked = new TaskCompletionSource();
        await using var server = Server(directory);
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        directory.Delay = asked.Task;
        await client.SendAsync(SignIn + "\r\n");
        while (directory.Questions.IsEmpty) await Task.Yield();
        server.Drain(TimeSpan.FromSeconds(10));
        asked.SetResult();
        Assert.Equal("235 2.7.0 signed in", await client.ReplyAsync());
        Assert.StartsWith("421 4.3.2 ", await client.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mailboxes_of_ours_take_mail_from_anyone_and_others_do_not_exist(bool slow)
    {
        var directory = Directory();
        await using var server = Server(directory, ListenerKind.Smtp);
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        await client.CommandAsync("MAIL FROM:<x@there.example>");
        directory.IsSlow = slow;
        await client.SendAsync("RCPT TO:<nobody@here.example>\r\nRCPT TO:<full@here.example>\r\nRCPT TO:<bob@here.example> NOTIFY=FAILURE\r\nRCPT TO:<team@here.example>\r\nRCPT TO:<z@there.example>\r\nDATA\r\n");
        Assert.Equal("550 5.1.1 no such mailbox here", await client.ReplyAsync());
        Assert.Equal("452 4.2.2 mailbox full", await client.ReplyAsync());
        for (int i = 0; i < 3; i++) Assert.Equal("250 2.1.5 recipient ok", await client.ReplyAsync());
        Assert.StartsWith("354 ", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.SendAsync("text\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReplyAsync(), StringComparison.Ordinal);
        var envelope = (await server.NextStoredAsync()).Envelope;
        // each once, and who is in the team by its name is told of by that name
        Assert.Equal(["bob@here.example", "ann@here.example", "eve@there.example", "z@there.example"], Recipients(envelope));
        Assert.Equal([null, "rfc822;team@here.example", "rfc822;team@here.example", null], envelope.Recipients.Select(r => r.Parameters.OriginalRecipient));
        Assert.Equal(DsnNotify.Failure, envelope.Recipients[0].Parameters.Notify);
    }

    [Fact]
    public async Task What_the_sender_asked_for_holds_for_the_targets()
    {
        await using var server = Server(Directory(), ListenerKind.Smtp);
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        await client.SendAsync("MAIL FROM:<x@there.example>\r\nRCPT TO:<z@there.example>\r\nRSET\r\nMAIL FROM:<x@there.example>\r\nRCPT TO:<team@here.example> NOTIFY=NEVER ORCPT=rfc822;first@else.example\r\nDATA\r\ntext\r\n.\r\n");
        for (int i = 0; i < 7; i++) Assert.Matches("^[23]", await client.ReplyAsync());
        var envelope = (await server.NextStoredAsync()).Envelope;
        Assert.Equal(3, envelope.Recipients.Length);
        Assert.All(envelope.Recipients, r => Assert.Equal(new RcptParameters(DsnNotify.Never, "rfc822;first@else.example"), r.Parameters));
    }

    [Fact]
    public async Task Lists_are_bounded()
    {
        var directory = Directory();
        await using var server = Server(directory, ListenerKind.Smtp, smtp: "limits.expanded-recipients = 4");
        using var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        await client.CommandAsync("MAIL FROM:<x@there.example>");
        Assert.StartsWith("250 ", await client.CommandAsync("RCPT TO:<team@here.example>"), StringComparison.Ordinal);
        Assert.StartsWith("452 4.5.3 ", await client.CommandAsync("RCPT TO:<team@here.example>"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.CommandAsync("RCPT TO:<bob@here.example>"), StringComparison.Ordinal);
        directory.Mailboxes["all@here.example"] = To([.. Enumerable.Range(0, 5).Select(i => $"u{i}@here.example")]);
        Assert.StartsWith("550 5.2.4 ", await client.CommandAsync("RCPT TO:<all@here.example>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_sends_to_so_many_in_an_hour()
    {
        var clock = new FakeTimeProvider();
        await using var server = Server(Directory(messagesPerHour: 3), clock: clock);
        using var client = await SignedIn(server);
        Assert.StartsWith("250 ", await Send(client, Header + "\r\n", "tim@here.example", "a@there.example", "b@there.example"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1 ", await Send(client, Header + "\r\n", "tim@here.example", "a@there.example", "b@there.example"), StringComparison.Ordinal);
        await client.CommandAsync("RSET");
        Assert.StartsWith("250 ", await Send(client, Header + "\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1 ", await Send(client, Header + "\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lmtp_is_for_trusted_networks_and_answers_for_each_recipient()
    {
        await using var server = Server(Directory(), ListenerKind.Lmtp);
        using var client = await server.ConnectAsync();
        Assert.Equal("220 mx.test LMTP", await client.ReplyAsync());
        await client.CommandAsync("LHLO client.example");
        await client.SendAsync("MAIL FROM:<x@there.example>\r\nRCPT TO:<nobody@here.example>\r\nRCPT TO:<bob@here.example>\r\nRCPT TO:<z@there.example>\r\nDATA\r\ntext\r\n.\r\nQUIT\r\n");
        foreach (string reply in (string[])["250 2.1.0 ", "550 5.1.1 ", "250 2.1.5 ", "250 2.1.5 ", "354 ", "250 2.0.0 queued", "250 2.0.0 queued", "221 "])
            Assert.StartsWith(reply, await client.ReplyAsync(), StringComparison.Ordinal);

        await using var stranger = Server(Directory(), ListenerKind.Lmtp, trusted: false);
        using var other = await stranger.ConnectAsync();
        Assert.StartsWith("554 5.7.1 ", await other.ReplyAsync(), StringComparison.Ordinal);
        Assert.Null(await other.ReadLineAsync());
    }
}

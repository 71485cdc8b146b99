using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Mta.Protocol.Smtp;
using Mta.Smtp;
using Mta.Spool;

namespace Mta.Tests.Smtp;

/// <summary>What a connection does beyond the dialogue: flushes, limits, time-outs, and clients that vanish.</summary>
public class ConnectionTests
{
    private const string Transaction = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@here.example>\r\n";

    [Fact]
    public async Task A_pipelined_group_is_answered_in_one_piece()
    {
        await using var server = new SmtpServer();
        using var client = await GreetAsync(server);
        await client.SendAsync(Transaction + "RCPT TO:<c@here.example>\r\nDATA\r\n");
        string replies = await client.ReadOnceAsync();
        Assert.Equal(["250", "250", "250", "354"], replies.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line[..3]));
    }

    [Fact]
    public async Task The_envelope_holds_what_was_said()
    {
        await using var server = new SmtpServer(policy: new OpenPolicy(IsTrusted: true));
        using var client = await GreetAsync(server);
        await client.CommandAsync("MAIL FROM:<é@bücher.example> SMTPUTF8 BODY=8BITMIME RET=HDRS ENVID=id+2B BY=120;R HOLDFOR=60 MT-PRIORITY=3 SIZE=100".Latin());
        await client.CommandAsync("RCPT TO:<b@Here.Example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2Bc@here.example");
        await client.CommandAsync("RCPT TO:<postmaster>");
        await client.CommandAsync("DATA");
        string? reply = await client.CommandAsync("Subject: é\r\n\r\ntext\r\n.".Latin());

        var stored = await server.NextStoredAsync();
        var envelope = stored.Envelope;
        Assert.Equal($"250 2.0.0 queued as {envelope.Id}", reply);
        Assert.Equal("é@bücher.example", envelope.ReversePath);
        Assert.Equal(
            [
                new("b@Here.Example", "here.example", new(DsnNotify.Success | DsnNotify.Failure, "rfc822;b+2Bc@here.example")),
                new("postmaster@mx.test", "mx.test", RcptParameters.None),
            ], envelope.Recipients);
        Assert.Equal(
            new()
            {
                SmtpUtf8 = true,
                Body = BodyType.EightBitMime,
                Return = DsnReturn.Headers,
                EnvelopeId = "id+2B",
                DeliverBy = new(120, true, false),
                HoldFor = 60,
                Priority = 3,
                Size = 100,
            }, envelope.Parameters);
        Assert.Equal((true, true, "127.0.0.1", "client.example"), (envelope.HeaderIsUtf8, envelope.IsEightBit, envelope.ClientAddress, envelope.ClientName));
        Assert.Equal(envelope.ReceivedAt.AddSeconds(60), envelope.NotBefore);
        Assert.Equal(stored.Body.Length, envelope.Size);
    }

    [Fact]
    public async Task The_priority_of_a_stranger_is_lowered()
    {
        await using var server = new SmtpServer(policy: new OpenPolicy(IsTrusted: false));
        using var client = await GreetAsync(server);
        await client.CommandAsync("MAIL FROM:<a@client.example> MT-PRIORITY=9");
        await client.CommandAsync("RCPT TO:<b@here.example>");
        await client.CommandAsync("DATA");
        await client.CommandAsync(".");
        Assert.Equal(0, (await server.NextStoredAsync()).Envelope.Parameters.Priority);
    }

    [Fact]
    public async Task Large_messages_go_through_as_they_are()
    {
        await using var server = new SmtpServer();
        using var client = await GreetAsync(server);
        string body = string.Concat(Enumerable.Range(0, 60_000).Select(i => $".line {i} of a message that is larger than any buffer\r\n"));
        await client.CommandAsync("MAIL FROM:<a@client.example>");
        await client.CommandAsync("RCPT TO:<b@here.example>");
        await client.CommandAsync("DATA");
        Assert.StartsWith("250", await client.CommandAsync(body.Replace("\r\n.", "\r\n..", StringComparison.Ordinal).Insert(0, ".") + "."), StringComparison.Ordinal);
        Assert.Equal(body, (await client.NextStoredAsync()).Body);
    }

    [Fact]
    public async Task Nothing_is_answered_before_the_message_is_stored()
    {
        await using var server = new SmtpServer();
        server.Spool.Holds = true;
        using var client = await GreetAsync(server);
        await client.SendAsync(Transaction + "BDAT 6 LAST\r\ntext\r\nNOOP\r\n");
        while (server.Spool.Held == 0) await Task.Yield();
        var reading = client.ReadOnceAsync();
        await server.DescribeAsync();
        Assert.False(reading.IsCompleted);
        server.Spool.StoreHeld();
        Assert.Contains("queued as", await reading, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SpoolHealth.LowSpace, "452 4.3.1")]
    [InlineData(SpoolHealth.Failed, "451 4.3.0")]
    public async Task A_spool_that_cannot_take_mail_refuses_before_the_message_is_sent(SpoolHealth health, string reply)
    {
        await using var server = new SmtpServer();
        server.Spool.Health = health;
        using var client = await GreetAsync(server);
        await client.CommandAsync("MAIL FROM:<a@client.example>");
        await client.CommandAsync("RCPT TO:<b@here.example>");
        Assert.StartsWith(reply, await client.CommandAsync("DATA"), StringComparison.Ordinal);
        server.Spool.Health = SpoolHealth.Ok;
        await client.SendAsync(Transaction + "DATA\r\n");
        for (int i = 0; i < 3; i++) await client.ReplyAsync();
        Assert.StartsWith("250", await client.CommandAsync("."), StringComparison.Ordinal);
    }

    /// <summary>The points of a dialogue at which a client can vanish, plain and under TLS, both ways.</summary>
    public static TheoryData<string, bool, bool> Stages
    {
        get
        {
            var stages = new TheoryData<string, bool, bool>();
            foreach (string stage in (ReadOnlySpan<string>)
            [
                "", "EHL", Transaction, Transaction + "DATA\r\nhalf", Transaction + "BDAT 100\r\nhalf", Transaction + "DATA\r\nwhole\r\n.\r\n", "QUIT\r\n",
            ])
            {
                stages.Add(stage, false, false);
                stages.Add(stage, false, true);
                stages.Add(stage, true, false);
                stages.Add(stage, true, true);
            }
            return stages;
        }
    }

    /// <summary>At each stage, by a reset or an orderly end: the connection goes, and nothing complains (see <see cref="SmtpServer"/>).</summary>
    [Theory, MemberData(nameof(Stages))]
    public async Task A_client_may_vanish_at_any_time(string commands, bool tls, bool reset)
    {
        await using var server = new SmtpServer(tls: tls ? SmtpServer.Tls : null);
        server.Spool.Holds = true;
        using (var client = await server.ConnectAsync())
        {
            if (tls) await client.BeginUnderTlsAsync();
            if (commands.Length > 0) await client.SendAsync("EHLO client.example\r\n" + commands);
            if (commands.EndsWith(".\r\n", StringComparison.Ordinal))
                while (server.Spool.Held == 0) await Task.Yield();
            else await client.ReplyAsync();
            if (reset) client.Vanish();
        }
        server.Spool.StoreHeld();
        await server.ConnectionsAsync(0);
    }

    [Fact]
    public async Task A_silent_client_is_told_so()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        using var client = await GreetAsync(server);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("250", await client.CommandAsync("NOOP"), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("250", await client.CommandAsync("NOOP"), StringComparison.Ordinal);
        await client.SendAsync("NO"); // a part of a command gives no more time
        var reply = client.ReplyAsync();
        await ElapseAsync(clock, reply);
        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_message_that_comes_in_drops_is_cut_off()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        using var client = await GreetAsync(server);
        await client.SendAsync(Transaction + "DATA\r\n");
        for (int i = 0; i < 3; i++) await client.ReplyAsync();
        await client.SendAsync("a drop\r\n");
        var reply = client.ReplyAsync();
        await ElapseAsync(clock, reply);
        Assert.StartsWith("421 4.4.2", await reply, StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_not_read_from_and_let_go_in_the_end()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        using var client = await GreetAsync(server);
        // each of these is answered, and 9 octets make 28: no socket buffer takes all of it
        var sending = client.SendAsync(Transaction + string.Concat(Enumerable.Repeat("BDAT 1\r\nx", 2_000_000)));
        await ElapseAsync(clock, server.ConnectionsAsync(0));
        await sending;
    }

    [Fact]
    public async Task A_session_ends_in_the_end()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer("timeouts.session = 10m", clock: clock);
        using var client = await GreetAsync(server);
        clock.Advance(TimeSpan.FromMinutes(4));
        await client.CommandAsync("NOOP");
        clock.Advance(TimeSpan.FromMinutes(4));
        await client.CommandAsync("NOOP");
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.StartsWith("421 4.4.2", await client.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_close_after_QUIT_is_closed()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        using var client = await GreetAsync(server);
        Assert.StartsWith("221", await client.CommandAsync("QUIT"), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        await ElapseAsync(clock, server.ConnectionsAsync(0));
    }

    [Fact]
    public async Task Early_talkers_are_refused_where_that_is_set()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(
            // the clock runs far ahead while we wait for the greeting: no other limit may come with it
            "greeting-delay = 5s, refuse-early-talkers = on, timeouts.command = 10000d, timeouts.session = 10000d", clock: clock);
        using var early = await server.ConnectAsync();
        await early.SendAsync("EHLO client.example\r\n");
        Assert.StartsWith("554 5.7.1", await early.ReplyAsync(), StringComparison.Ordinal);

        using var patient = await server.ConnectAsync();
        var greeting = patient.ReplyAsync();
        await ElapseAsync(clock, greeting);
        Assert.StartsWith("220", await greeting, StringComparison.Ordinal);
        Assert.StartsWith("250", await patient.CommandAsync("EHLO client.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_handshake_ends_the_connection()
    {
        await using var server = new SmtpServer(tls: SmtpServer.Tls);
        using var client = await GreetAsync(server);
        await client.CommandAsync("STARTTLS");
        await client.SendAsync("MAIL FROM:<a@client.example>\r\n");
        await client.ReadOnceAsync(); // an alert, or nothing
        await server.ConnectionsAsync(0);
    }

    private static async Task<SmtpClientPeer> GreetAsync(SmtpServer server)
    {
        var client = await server.ConnectAsync();
        await client.ReplyAsync();
        await client.CommandAsync("EHLO client.example");
        return client;
    }

    /// <summary>Lets time pass until something has happened.</summary>
    private static async Task ElapseAsync(FakeTimeProvider clock, Task until)
    {
        while (!until.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}

internal static class TextExtensions
{
    /// <summary>UTF-8 as characters 0 to 255, which the peer sends as octets.</summary>
    public static string Latin(this string text) => System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}

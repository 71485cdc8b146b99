using System.Text;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Protocol.Pop3;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Pop3;

/// <summary>A POP3 connection: what becomes of the maildrop, whatever the client and the store do.</summary>
public class ConnectionTests
{
    private const string Plain = "allow-plaintext-on-loopback = true\n";

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_maildrop_is_for_one_session_and_free_again_before_QUIT_is_answered()
    {
        await using var server = new Pop3Server();
        for (int i = 0; i < 20; i++)
        {
            using var first = await server.ConnectAsync();
            Assert.Equal("+OK signed in, 7 messages", await first.SignInAsync());
            using var second = await server.ConnectAsync();
            Assert.StartsWith("-ERR [IN-USE]", await second.SignInAsync(), StringComparison.Ordinal);
            Assert.Equal("+OK bye", await first.CommandAsync("QUIT"));
            // the same connection may try again
            Assert.Equal("+OK now the password", await second.CommandAsync("USER tim"));
            Assert.Equal("+OK signed in, 7 messages", await second.CommandAsync("PASS " + Pop3Script.Password));
            Assert.Equal("+OK bye", await second.CommandAsync("QUIT"));
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_removes_nothing_and_frees_the_maildrop()
    {
        await using var server = new Pop3Server();
        using (var client = await server.ConnectAsync())
        {
            await client.SignInAsync();
            Assert.Equal("+OK message marked as deleted", await client.CommandAsync("DELE 1"));
            client.Vanish();
        }
        await server.ConnectionsAsync(0);
        using (var client = await server.ConnectAsync())
        {
            await client.SignInAsync();
            await client.CommandAsync("DELE 1");
        } // closed, without QUIT
        await server.ConnectionsAsync(0);
        Assert.Empty(server.Maildrops.Removed);
        using var last = await server.ConnectAsync();
        Assert.StartsWith("+OK signed in", await last.SignInAsync(), StringComparison.Ordinal);
        await last.CommandAsync("DELE 1");
        await last.CommandAsync("DELE 3");
        Assert.Equal("+OK bye", await last.CommandAsync("QUIT"));
        Assert.Equal([3u, 9u], server.Maildrops.Removed);
    }

    /// <summary>RFC 1939 §3: ten minutes without a command, then the end without a word, and nothing is removed.</summary>
    [Fact]
    public async Task Who_says_nothing_for_long_is_signed_out()
    {
        await using var server = new Pop3Server(clock: _clock);
        using var client = await server.ConnectAsync();
        await client.SignInAsync();
        await client.CommandAsync("DELE 1");
        for (int i = 0; i < 5; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(9));
            Assert.Equal("+OK", await client.CommandAsync("NOOP"));
        }
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await client.ReadLineAsync());
        await server.ConnectionsAsync(0);
        Assert.Empty(server.Maildrops.Removed);
    }

    [Fact]
    public async Task A_stranger_has_one_span_for_all_it_says()
    {
        await using var server = new Pop3Server(clock: _clock);
        using var client = await server.ConnectAsync();
        await client.ReadLineAsync();
        for (int i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("+OK now the password", await client.CommandAsync("USER tim"));
        }
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task Under_stress_strangers_make_way_and_sessions_stay()
    {
        await using var server = new Pop3Server(Plain + "timeouts.stress { above = 0.5, sign-in = 20s }", "max-connections = 4", clock: _clock);
        using var user = await server.ConnectAsync();
        await user.SignInAsync();
        using var stranger = await server.ConnectAsync();
        await stranger.ReadLineAsync();
        using var last = await server.ConnectAsync();
        await last.ReadLineAsync();
        Assert.True((await server.DescribeAsync()).IsStressed);
        // its answer shows that it was told, and the others with it
        Assert.Equal("+OK now the password", await last.CommandAsync("USER tim"));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(await stranger.ReadLineAsync());
        Assert.Equal("+OK", await user.CommandAsync("NOOP"));
    }

    [Fact]
    public async Task A_long_message_comes_whole_and_no_faster_than_the_client_takes_it()
    {
        byte[] message = Encoding.Latin1.GetBytes("Subject: long\r\n\r\n" + string.Concat(Enumerable.Range(0, 250_000).Select(i => $"{(i % 3 == 0 ? "." : "")}{i} {new string('x', 150)}\r\n")));
        await using var server = new Pop3Server(clock: _clock);
        server.Maildrops.Messages = [new Pop3Message(1, message.Length)];
        server.Maildrops.Text = _ => message;
        using var client = await server.ConnectAsync();
        await client.SignInAsync();
        Assert.Equal("+OK message follows", await client.CommandAsync("RETR 1"));
        // it is not read, so at some time nothing more is read from the store: what is under way is in the buffers of the system
        int reads = server.Maildrops.Reads;
        while (true)
        {
            // a NOOP of another connection, served by the same threads, gives it every chance
            for (int i = 0; i < 50; i++) await server.DescribeAsync();
            if (server.Maildrops.Reads == reads) break;
            reads = server.Maildrops.Reads;
        }
        Assert.InRange(reads, 1, message.Length / 32768 / 2);
        var lines = await client.LinesAsync();
        Assert.Equal(Encoding.Latin1.GetString(message), string.Concat(lines.Select(line => line + "\r\n")));
        Assert.Equal("+OK", await client.CommandAsync("NOOP"));
    }

    [Fact]
    public async Task Who_does_not_take_what_he_asked_for_is_signed_out()
    {
        byte[] message = new byte[50_000_000];
        Array.Fill(message, (byte)'x');
        await using var server = new Pop3Server(clock: _clock);
        server.Maildrops.Messages = [new Pop3Message(1, message.Length)];
        server.Maildrops.Text = _ => message;
        using var client = await server.ConnectAsync();
        await client.SignInAsync();
        Assert.Equal("+OK message follows", await client.CommandAsync("RETR 1"));
        while ((await server.DescribeAsync()).Connections > 0) _clock.Advance(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("Open", "-ERR [SYS/TEMP] cannot open the mailbox now, try again later")]
    [InlineData("Find", "-ERR [SYS/TEMP] the message cannot be read now, try again later")]
    [InlineData("Remove", "-ERR [SYS/TEMP] some deleted messages were not removed")]
    public async Task A_store_that_fails_is_told_of(string step, string response)
    {
        await using var server = new Pop3Server();
        server.Maildrops.Fails = name => name == step ? new IOException("the disk fails") : null;
        using var client = await server.ConnectAsync();
        string? answer = await client.SignInAsync();
        if (step == "Find") answer = await client.CommandAsync("RETR 1");
        if (step == "Remove")
        {
            await client.CommandAsync("DELE 1");
            answer = await client.CommandAsync("QUIT");
        }
        Assert.Equal(response, answer);
        server.Maildrops.Fails = _ => null;
        // it was not for ever
        using var again = step == "Find" ? null : await server.ConnectAsync();
        if (again is null) Assert.Equal("+OK message follows", await client.CommandAsync("RETR 1"));
        else Assert.StartsWith("+OK signed in", await again.SignInAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_to_its_end_has_none()
    {
        byte[] message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("line\r\n", 20_000)));
        await using var server = new Pop3Server();
        server.Maildrops.Messages = [new Pop3Message(1, message.Length)];
        server.Maildrops.Text = _ => message;
        server.Maildrops.Fails = name => name == "Read" && server.Maildrops.Reads == 2 ? new IOException("the disk fails") : null;
        using var client = await server.ConnectAsync();
        await client.SignInAsync();
        Assert.Equal("+OK message follows", await client.CommandAsync("RETR 1"));
        string rest = await client.ReadRestAsync();
        Assert.DoesNotContain(".", rest, StringComparison.Ordinal);
        await server.ConnectionsAsync(0);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_not_waited_for()
    {
        await using var server = new Pop3Server(clock: _clock);
        var never = new TaskCompletionSource();
        server.Maildrops.Delay = never.Task;
        using var client = await server.ConnectAsync();
        await client.ReadLineAsync();
        await client.CommandAsync("USER tim");
        var answer = client.CommandAsync("PASS " + Pop3Script.Password);
        while (server.Maildrops.Questions < 2) await Task.Yield(); // the lock, and the maildrop
        while (!answer.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            await server.DescribeAsync();
        }
        Assert.StartsWith("-ERR [SYS/TEMP]", await answer, StringComparison.Ordinal);
        never.SetResult();
    }

    [Fact]
    public async Task Nor_is_a_lock_that_does_not_come()
    {
        await using var server = new Pop3Server(clock: _clock);
        server.Maildrops.NeverLocks = true;
        using var client = await server.ConnectAsync();
        await client.ReadLineAsync();
        await client.CommandAsync("USER tim");
        var answer = client.CommandAsync("PASS " + Pop3Script.Password);
        while (server.Maildrops.Questions == 0) await Task.Yield();
        while (!answer.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            await server.DescribeAsync();
        }
        Assert.StartsWith("-ERR [SYS/TEMP] cannot open", await answer, StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_shutdown_ends_who_would_lose_nothing_and_waits_for_the_others()
    {
        await using var server = new Pop3Server();
        using var stranger = await server.ConnectAsync();
        await stranger.ReadLineAsync();
        using var busy = await server.ConnectAsync();
        await busy.SignInAsync();
        await busy.CommandAsync("DELE 1");
        var stopped = server.StoppedAsync();
        server.Drain(TimeSpan.FromHours(1));
        Assert.Equal("-ERR [SYS/TEMP] shutting down, try again later", await stranger.ReadLineAsync());
        Assert.Null(await stranger.ReadLineAsync());
        Assert.Equal("+OK", await busy.CommandAsync("NOOP"));
        Assert.Equal("+OK bye", await busy.CommandAsync("QUIT"));
        Assert.Equal([3u], server.Maildrops.Removed);
        stranger.Dispose();
        busy.Dispose();
        await stopped;
    }

    [Fact]
    public async Task And_not_longer_than_it_may()
    {
        await using var server = new Pop3Server(clock: _clock);
        using var busy = await server.ConnectAsync();
        await busy.SignInAsync();
        await busy.CommandAsync("DELE 1");
        server.Drain(TimeSpan.FromSeconds(30));
        await server.DescribeAsync();
        Assert.Equal("+OK", await busy.CommandAsync("NOOP"));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("-ERR [SYS/TEMP] shutting down, try again later", await busy.ReadLineAsync());
        Assert.Null(await busy.ReadLineAsync());
        Assert.Empty(server.Maildrops.Removed);
    }

    [Fact]
    public async Task One_too_many_is_told_so()
    {
        await using var server = new Pop3Server(listener: "max-connections-per-address = 1");
        using var first = await server.ConnectAsync();
        await first.ReadLineAsync();
        using var second = await server.ConnectAsync();
        Assert.Equal("-ERR [SYS/TEMP] too many connections from your address", await second.ReadLineAsync());
        Assert.Null(await second.ReadLineAsync());
    }

    [Fact]
    public async Task Of_a_mailbox_that_is_too_large_the_newest_are_shown()
    {
        await using var server = new Pop3Server(Plain + "limits.messages = 2");
        using var client = await server.ConnectAsync();
        Assert.Equal("+OK signed in, 2 messages", await client.SignInAsync());
        Assert.Equal("+OK unique ids follow", await client.CommandAsync("UIDL"));
        Assert.Equal(["1 7.12", "2 7.13"], await client.LinesAsync());
    }

    [Fact]
    public async Task Without_TLS_nobody_signs_in_and_under_it_SCRAM_binds_to_the_channel()
    {
        await using var server = new Pop3Server("mechanisms = [ SCRAM-SHA-256-PLUS, SCRAM-SHA-256, PLAIN ]", tls: TestServer.Tls);
        using var client = await server.ConnectAsync();
        await client.ReadLineAsync();
        Assert.Equal("-ERR begin TLS first (STLS)", await client.CommandAsync("USER tim"));
        Assert.Equal("+OK begin TLS", await client.CommandAsync("STLS"));
        await client.StartTlsAsync();
        Assert.StartsWith("+OK", await client.CommandAsync("CAPA"), StringComparison.Ordinal);
        var capabilities = await client.LinesAsync();
        Assert.Contains("USER", capabilities);
        Assert.Contains("SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", capabilities);
        Assert.DoesNotContain("STLS", capabilities);
        Assert.Equal("+OK now the password", await client.CommandAsync("USER tim"));
        Assert.Equal("+OK signed in, 7 messages", await client.CommandAsync("PASS " + Pop3Script.Password));
    }

    [Fact]
    public async Task Under_TLS_from_the_first_octet()
    {
        await using var server = new Pop3Server("", tls: TestServer.Tls, kind: ListenerKind.Pop3s);
        using var client = await server.ConnectAsync();
        await client.StartTlsAsync();
        Assert.Equal("+OK signed in, 7 messages", await client.SignInAsync());
        Assert.Equal("+OK bye", await client.CommandAsync("QUIT"));
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task Accounts_that_cannot_be_asked_are_no_wrong_password()
    {
        await using var server = new Pop3Server();
        server.Directory.Fails = true;
        using var client = await server.ConnectAsync();
        Assert.StartsWith("-ERR [SYS/TEMP] cannot check sign-ins now", await client.SignInAsync(), StringComparison.Ordinal);
        Assert.StartsWith("-ERR [SYS/TEMP] cannot check sign-ins now", await client.CommandAsync("AUTH PLAIN AHRpbQB0YW5zdCBhYWY="), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_proxy_it_knows_who_the_client_is()
    {
        await using var server = new Pop3Server("", listener: "proxy-protocol.trusted = [ \"127.0.0.1\" ]", tls: TestServer.Tls, kind: ListenerKind.Pop3s);
        using var client = await server.ConnectAsync();
        await client.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1234 995\r\n");
        await client.StartTlsAsync();
        Assert.Equal("+OK signed in, 7 messages", await client.SignInAsync());
    }
}

using System.Text;
using Microsoft.Extensions.Time.Testing;
using Mta.Config;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Imap;

/// <summary>An IMAP connection: TLS, signing in, time-outs, the end.</summary>
public sealed class ConnectionTests
{
    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Without_TLS_nobody_can_sign_in_and_is_told_so()
    {
        await using var server = new ImapServer("", tls: TestServer.Tls);
        using var client = await server.ConnectAsync(user: null);
        var reply = await client.OkAsync("CAPABILITY");
        Assert.Contains(" STARTTLS", reply.Untagged[0], StringComparison.Ordinal);
        Assert.Contains(" LOGINDISABLED", reply.Untagged[0], StringComparison.Ordinal);
        Assert.DoesNotContain("AUTH=", reply.Untagged[0], StringComparison.Ordinal);
        Assert.StartsWith("NO [PRIVACYREQUIRED]", (await client.RunAsync("LOGIN tim " + SmtpScript.Password)).End, StringComparison.Ordinal);
        Assert.StartsWith("NO [PRIVACYREQUIRED]", (await client.RunAsync("AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==")).End, StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync("SELECT INBOX")).End, StringComparison.Ordinal);
        await client.OkAsync("STARTTLS");
        await client.StartTlsAsync();
        reply = await client.OkAsync("CAPABILITY");
        Assert.DoesNotContain("STARTTLS", reply.Untagged[0], StringComparison.Ordinal);
        Assert.DoesNotContain("LOGINDISABLED", reply.Untagged[0], StringComparison.Ordinal);
        Assert.Contains(" AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 ", reply.Untagged[0], StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync("STARTTLS")).End, StringComparison.Ordinal);
        await client.OkAsync("LOGIN tim " + SmtpScript.Password);
        await client.OkAsync("SELECT INBOX");
    }

    /// <summary>RFC 9051 §6.2.1: what is sent behind STARTTLS in the clear is somebody else's, and nothing of it is ever done.</summary>
    [Fact]
    public async Task What_follows_STARTTLS_in_the_clear_ends_the_connection()
    {
        await using var server = new ImapServer("", tls: TestServer.Tls);
        using var client = await server.ConnectAsync(user: null);
        await client.SendAsync("a STARTTLS\r\nb LOGIN tim tanstaaf\r\n");
        Assert.StartsWith("a BAD", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
        Assert.Empty(server.Directory.Questions);
    }

    [Fact]
    public async Task Under_TLS_from_the_start_the_greeting_comes_after_the_handshake()
    {
        await using var server = new ImapServer("", tls: TestServer.Tls, kind: ListenerKind.Imaps);
        using var client = await ImapClientPeer.ConnectAsync(server);
        await client.StartTlsAsync();
        Assert.StartsWith("* OK [CAPABILITY IMAP4rev1 IMAP4rev2 ", await client.ReadAsync(), StringComparison.Ordinal);
        await client.OkAsync("LOGIN tim " + SmtpScript.Password);
    }

    [Theory]
    [InlineData("AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", null)]
    [InlineData("AUTHENTICATE PLAIN", "AHRpbQB0YW5zdGFhZg==")]
    [InlineData("AUTHENTICATE OAUTHBEARER", "n,a=tim,\u0001auth=Bearer good\u0001\u0001")]
    [InlineData("AUTHENTICATE XOAUTH2", "user=tim\u0001auth=Bearer good\u0001\u0001")]
    public async Task Each_mechanism_lets_in(string command, string? response)
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync(user: null);
        await client.BeginAsync(command);
        if (response is not null)
        {
            Assert.StartsWith("+", await client.ReadAsync(), StringComparison.Ordinal);
            await client.SendAsync((response.Contains('\u0001', StringComparison.Ordinal) ? Convert.ToBase64String(Encoding.ASCII.GetBytes(response)) : response) + "\r\n");
        }
        Assert.StartsWith("OK [CAPABILITY", (await client.EndAsync()).End, StringComparison.Ordinal);
        // whoever has signed in does not do so again
        Assert.StartsWith("BAD", (await client.RunAsync("LOGIN tim tanstaaf")).End, StringComparison.Ordinal);
        // the account was never used before, and INBOX is there
        await client.OkAsync("SELECT INBOX");
    }

    [Fact]
    public async Task Who_cancels_or_says_nonsense_may_try_again_and_who_guesses_may_not_for_long()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync(user: null);
        await client.BeginAsync("AUTHENTICATE PLAIN");
        await client.ReadAsync();
        await client.SendAsync("*\r\n");
        Assert.StartsWith("BAD", (await client.EndAsync()).End, StringComparison.Ordinal);
        Assert.StartsWith("BAD", (await client.RunAsync("AUTHENTICATE PLAIN !!!")).End, StringComparison.Ordinal);
        Assert.StartsWith("NO [CANNOT]", (await client.RunAsync("AUTHENTICATE CRAM-MD5")).End, StringComparison.Ordinal);
        Assert.StartsWith("NO [UNAVAILABLE]", (await client.RunAsync($"LOGIN {Pop3Script.LockedUser} x")).End, StringComparison.Ordinal);
        for (int i = 0; i < 3; i++) Assert.StartsWith("NO [AUTHENTICATIONFAILED]", (await client.RunAsync("LOGIN tim wrong")).End, StringComparison.Ordinal);
        Assert.StartsWith("* BYE", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task A_directory_that_fails_lets_nobody_in_and_costs_nobody_the_connection()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync(user: null);
        server.Directory.Fails = true;
        for (int i = 0; i < 5; i++) Assert.StartsWith("NO [UNAVAILABLE]", (await client.RunAsync("LOGIN tim tanstaaf")).End, StringComparison.Ordinal);
        server.Directory.Fails = false;
        await client.OkAsync("LOGIN tim tanstaaf");
    }

    [Fact]
    public async Task A_stranger_has_one_span_for_all_it_says()
    {
        await using var server = new ImapServer(clock: _clock);
        using var client = await server.ConnectAsync(user: null);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await client.OkAsync("NOOP");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("* BYE you did not sign in", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
    }

    /// <summary>RFC 9051 §5.4: thirty minutes at least; RFC 2177 §3: also for who idles.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_says_nothing_for_long_is_sent_away(bool idles)
    {
        await using var server = new ImapServer(clock: _clock);
        using var client = await server.ConnectAsync();
        await client.OkAsync("SELECT INBOX");
        _clock.Advance(TimeSpan.FromMinutes(34));
        await client.OkAsync("NOOP");
        _clock.Advance(TimeSpan.FromMinutes(34));
        if (idles)
        {
            await client.BeginAsync("IDLE");
            Assert.Equal("+ idling", await client.ReadAsync());
        }
        else await client.OkAsync("NOOP");
        _clock.Advance(TimeSpan.FromMinutes(35));
        Assert.Equal("* BYE you were idle for too long", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task Commands_may_come_all_at_once()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync(user: null);
        await client.SendAsync(ImapClientPeer.WithLiterals(
            "a LOGIN tim tanstaaf\r\nb APPEND INBOX {{a: 1\r\n\r\n1\r\n}}\r\nc SELECT INBOX\r\nd FETCH 1 BODY[TEXT]\r\ne IDLE\r\nDONE\r\nf LOGOUT\r\n"));
        var ends = new List<string>();
        while (await client.ReadAsync() is { } line)
            if (line[1] == ' ' && line[0] is not ('*' or '+')) ends.Add(line[..4]);
        Assert.Equal(["a OK", "b OK", "c OK", "d OK", "e OK", "f OK"], ends);
    }

    [Fact]
    public async Task A_client_that_breaks_off_in_the_middle_leaves_nothing_behind()
    {
        await using var server = new ImapServer();
        using var watcher = await server.ConnectAsync();
        await watcher.OkAsync("SELECT INBOX");
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("a APPEND INBOX {1000}\r\n");
            Assert.Equal("+ go on", await client.ReadAsync());
            await client.SendAsync(new string('x', 500));
            client.Vanish();
        }
        await server.ConnectionsAsync(1);
        Assert.Empty((await watcher.OkAsync("NOOP")).Untagged);
    }

    [Fact]
    public async Task Who_speaks_no_IMAP_is_sent_away_in_time()
    {
        await using var server = new ImapServer("allow-plaintext-on-loopback = true\nmax-errors = 3");
        using var client = await server.ConnectAsync(user: null);
        for (int i = 0; i < 3; i++) Assert.StartsWith("BAD", (await client.RunAsync("NONSENSE")).End, StringComparison.Ordinal);
        Assert.StartsWith("* BYE", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task A_shutdown_says_goodbye_also_to_who_idles()
    {
        await using var server = new ImapServer();
        using var client = await server.ConnectAsync();
        await client.OkAsync("SELECT INBOX");
        await client.BeginAsync("IDLE");
        Assert.Equal("+ idling", await client.ReadAsync());
        server.Drain(TimeSpan.FromMinutes(1));
        Assert.StartsWith("* BYE shutting down", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
        await server.StoppedAsync();
    }
}

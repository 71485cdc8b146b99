using Microsoft.Extensions.Time.Testing;

namespace Mta.Tests.Smtp;

/// <summary>Limits of a listener, its orderly end, and the PROXY header.</summary>
public class ListenerTests
{
    [Theory]
    [InlineData("max-connections = 2", "421 4.3.2")]
    [InlineData("max-connections-per-address = 2", "421 4.7.0")]
    public async Task Turns_away_one_too_many(string limit, string reply)
    {
        await using var server = new SmtpServer(listener: limit);
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        await first.ReplyAsync();
        await second.ReplyAsync();
        using (var third = await server.ConnectAsync())
        {
            Assert.StartsWith(reply, await third.ReplyAsync(), StringComparison.Ordinal);
            Assert.Null(await third.ReadLineAsync());
        }
        await first.CommandAsync("QUIT");
        first.Dispose();
        await server.ConnectionsAsync(1);
        using var fourth = await server.ConnectAsync();
        Assert.StartsWith("220", await fourth.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pauses_when_it_cannot_accept_and_goes_on()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        server.FailToAccept();
        Assert.True((await server.DescribeAsync()).IsPaused);
        clock.Advance(TimeSpan.FromMilliseconds(250));
        Assert.False((await server.DescribeAsync()).IsPaused);
        using var client = await server.ConnectAsync();
        Assert.StartsWith("220", await client.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drains_idle_connections_at_once_and_lets_others_finish()
    {
        await using var server = new SmtpServer();
        using var idle = await server.ConnectAsync();
        using var busy = await server.ConnectAsync();
        await idle.ReplyAsync();
        await busy.ReplyAsync();
        await busy.CommandAsync("EHLO client.example");
        await busy.CommandAsync("MAIL FROM:<a@client.example>");

        var stopped = server.StoppedAsync();
        server.Drain(TimeSpan.FromHours(1));
        Assert.StartsWith("421 4.3.2", await idle.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await busy.CommandAsync("RCPT TO:<b@here.example>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await busy.CommandAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await busy.CommandAsync("."), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await busy.ReplyAsync(), StringComparison.Ordinal);
        Assert.False(stopped.IsCompleted);
        idle.Dispose();
        busy.Dispose();
        await stopped;
    }

    [Fact]
    public async Task Cuts_off_what_is_busy_when_the_grace_is_over()
    {
        var clock = new FakeTimeProvider();
        await using var server = new SmtpServer(clock: clock);
        using var busy = await server.ConnectAsync();
        await busy.ReplyAsync();
        await busy.CommandAsync("EHLO client.example");
        await busy.CommandAsync("MAIL FROM:<a@client.example>");
        server.Drain(TimeSpan.FromSeconds(30));
        await server.DescribeAsync();
        // the reply shows that the connection has been told, too
        Assert.StartsWith("250", await busy.CommandAsync("RCPT TO:<b@here.example>"), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.StartsWith("421 4.3.2", await busy.ReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\n", "192.0.2.1")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1234 25\r\n", "2001:db8::1")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000C\u00C0\0\u0002\u0001\u007F\0\0\u0001\u0004\u00D2\0\u0019", "192.0.2.1")]
    public async Task Believes_a_trusted_proxy(string header, string client)
    {
        await using var server = new SmtpServer(listener: "proxy-protocol.trusted = [ \"127.0.0.0/8\" ]");
        using var peer = await server.ConnectAsync();
        foreach (char c in header) await peer.SendAsync(c.ToString());
        await peer.ReplyAsync();
        await peer.CommandAsync("EHLO client.example");
        await peer.CommandAsync("MAIL FROM:<>");
        await peer.CommandAsync("RCPT TO:<b@here.example>");
        await peer.CommandAsync("DATA");
        await peer.CommandAsync(".");
        Assert.Equal(client, (await server.NextStoredAsync()).Envelope.ClientAddress);
    }

    [Fact]
    public async Task Wants_the_header_of_a_proxy_and_of_no_one_else()
    {
        await using (var server = new SmtpServer(listener: "proxy-protocol.trusted = [ \"127.0.0.1\" ]"))
        {
            using var peer = await server.ConnectAsync();
            await peer.SendAsync("EHLO client.example\r\n");
            Assert.Null(await peer.ReadLineAsync());
        }
        await using (var server = new SmtpServer())
        {
            using var peer = await server.ConnectAsync();
            Assert.StartsWith("220", await peer.ReplyAsync(), StringComparison.Ordinal);
            Assert.StartsWith("500 5.5.1", await peer.CommandAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1234 25"), StringComparison.Ordinal);
        }
    }
}

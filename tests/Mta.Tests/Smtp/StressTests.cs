using Microsoft.Extensions.Time.Testing;
using Mta.Net;

namespace Mta.Tests.Smtp;

/// <summary>Near its limit of connections a listener gives less time, so that those who hold connections for nothing make way.</summary>
public class StressTests
{
    private const string Settings = "timeouts.stress { above = 0.5, command = 10s, data = 20s }";
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _clock = new();

    private SmtpServer Server() => new(Settings, "max-connections = 4", clock: _clock);

    private static async Task<SmtpClientPeer> Greeted(SmtpServer server)
    {
        var client = await server.ConnectAsync();
        await client.ReplyAsync();
        return client;
    }

    [Fact]
    public async Task Those_who_were_there_before_and_do_nothing_make_way()
    {
        await using var server = Server();
        using var idle = await Greeted(server);
        using var drops = await Greeted(server);
        await drops.SendAsync("EHL"); // a command in drops has no more time than others
        Assert.False((await server.DescribeAsync()).IsStressed);
        using var last = await Greeted(server);
        Assert.True((await server.DescribeAsync()).IsStressed);
        // they are told when their turn comes, and have their time from then on; long before the 5 minutes that they would have otherwise
        var gone = Task.WhenAll(idle.ReplyAsync(), drops.ReplyAsync());
        for (int i = 0; !gone.IsCompleted; i++)
        {
            Assert.True(i < 40);
            _clock.Advance(CommandTimeout / 2);
            // who does something has time again
            Assert.StartsWith("250", await last.CommandAsync("NOOP"), StringComparison.Ordinal);
        }
        Assert.All(await gone, reply => Assert.StartsWith("421 4.4.2", reply, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Content_goes_on_while_it_comes_fast_enough()
    {
        await using var server = Server();
        using var fast = await InData(server);
        using var slow = await InData(server);
        using var last = await Greeted(server);
        Assert.True((await server.DescribeAsync()).IsStressed);
        await slow.SendAsync("drop");
        // more than the system buffers: when it is sent, most of it was read
        await fast.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 32_000)));
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.StartsWith("421 4.4.2", await slow.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await fast.CommandAsync("."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_it_is_over_there_is_time_again()
    {
        await using var server = Server();
        using var first = await Greeted(server);
        using (var second = await Greeted(server))
        using (var third = await Greeted(server)) Assert.True((await server.DescribeAsync()).IsStressed);
        await server.ConnectionsAsync(1);
        Assert.False((await server.DescribeAsync()).IsStressed);
        Assert.StartsWith("250", await first.CommandAsync("NOOP"), StringComparison.Ordinal);
        _clock.Advance(CommandTimeout * 2);
        Assert.StartsWith("250", await first.CommandAsync("NOOP"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, false, false)]
    [InlineData(10, false, true)]
    [InlineData(8, true, true)]
    [InlineData(7, true, false)]
    public void It_ends_below_where_it_began(int connections, bool was, bool expected)
    {
        var stress = new Stress();
        if (was) stress.Weigh(10, 10, 0.9);
        Assert.Equal(was != expected, stress.Weigh(connections, 10, 0.9));
        Assert.Equal(expected, stress.IsOn);
    }

    private static async Task<SmtpClientPeer> InData(SmtpServer server)
    {
        var client = await Greeted(server);
        await client.CommandAsync("EHLO client.example");
        await client.CommandAsync("MAIL FROM:<a@client.example>");
        await client.CommandAsync("RCPT TO:<b@here.example>");
        Assert.StartsWith("354", await client.CommandAsync("DATA"), StringComparison.Ordinal);
        return client;
    }
}

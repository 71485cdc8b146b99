using Mta.Imap;

namespace Mta.Tests.Imap;

/// <summary>How many commands are executed at once (<c>mta.imap.max-commands</c>).</summary>
public sealed class CommandGateTests
{
    [Fact]
    public async Task So_many_are_inside_and_the_others_come_in_their_order()
    {
        var gate = new CommandGate(2);
        var ends = Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource<int>()).ToArray();
        var begun = new List<int>();
        var runs = Enumerable.Range(0, 5).Select(i => gate.RunAsync(() =>
        {
            lock (begun) begun.Add(i);
            return ends[i].Task;
        })).ToArray();
        Assert.Equal([0, 1], begun);
        for (int i = 0; i < 5; i++)
        {
            ends[i].SetResult(i);
            Assert.Equal(i, await runs[i]);
            int expected = Math.Min(5, i + 3);
            Assert.True(SpinWait.SpinUntil(() => Count() == expected, TimeSpan.FromSeconds(20)));
            Assert.Equal(Enumerable.Range(0, expected), begun);
        }

        int Count()
        {
            lock (begun) return begun.Count;
        }
    }

    [Fact]
    public async Task What_fails_leaves_and_more_may_come_when_the_limit_rises()
    {
        var gate = new CommandGate(1);
        await Assert.ThrowsAsync<IOException>(() => gate.RunAsync<int>(() => throw new IOException()));
        await Assert.ThrowsAsync<IOException>(() => gate.RunAsync(async () =>
        {
            await gate.WaitAsync(() => throw new IOException());
            return 1;
        }));
        await gate.EnterAsync();
        var second = gate.EnterAsync();
        Assert.False(second.IsCompleted);
        gate.Limit = 2;
        Assert.True(second.IsCompleted);
        gate.Limit = 1;
        var third = gate.EnterAsync();
        gate.Leave();
        Assert.False(third.IsCompleted);
        gate.Leave();
        Assert.True(third.IsCompleted);
    }

    /// <summary>One place, and one who does not read what it asked for: the others get on.</summary>
    [Fact]
    public async Task Who_waits_for_its_client_holds_no_place()
    {
        await using var server = new ImapServer("allow-plaintext-on-loopback = true\nmax-commands = 1");
        using var slow = await server.ConnectAsync();
        string text = string.Concat(Enumerable.Repeat(new string('x', 78) + "\r\n", 200_000));
        await slow.OkAsync($"APPEND INBOX {{{{\r\n{text}}}}}");
        await slow.OkAsync("SELECT INBOX");
        await slow.BeginAsync("FETCH 1 (BODY.PEEK[TEXT])");
        using var other = await server.ConnectAsync();
        await other.OkAsync("SELECT INBOX");
        await other.OkAsync("FETCH 1 (FLAGS)");
        await other.OkAsync("STORE 1 +FLAGS (\\Flagged)");
        var reply = await slow.EndAsync();
        Assert.True(reply.IsOk);
        Assert.Equal($"* 1 FETCH (BODY[TEXT] {{16000000}}\r\n{text})", reply.Untagged[0]);
    }
}

using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Faults;

/// <summary>The disk fails or is full: 4yz while it lasts, nothing lost, and mail again by itself when it is over.</summary>
public sealed class DiskFaultTests
{
    [Theory]
    [InlineData("fdatasync", "EIO", "451")]
    [InlineData("fdatasync", "ENOSPC", "452")]
    [InlineData("fdatasync,fsync", "EIO", "451")]
    [InlineData("pwritev,pwrite64", "EIO", "451")]
    [InlineData("pwritev,pwrite64", "ENOSPC", "452")]
    [InlineData("pwritev,pwrite64,fdatasync,fsync,fallocate,rename,unlink", "EIO", "451")]
    public async Task A_failing_disk(string calls, string error, string code)
    {
        Strace.Need();
        await using var node = new FaultNode("");
        await node.Mta.Start();
        await node.Accepts(20);
        await using (await Strace.Attach(node.Mta.Pid, [], calls, $"error={error}"))
        {
            await node.Refuses(code);
            for (int i = 0; i < 10; i++) Assert.StartsWith("4", await node.Attempt(), StringComparison.Ordinal);
        }
        await node.Recovers();
        await node.Accepts(20);
        await node.LosesNothing();
        Assert.Contains("cannot be written and is abandoned", node.Mta.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_failed_sync_refuses_only_what_it_was_for()
    {
        Strace.Need();
        // the outcomes of what was delivered before are not to be what the sync that fails is for
        await using var node = new FaultNode("spool.settle-interval = 60s");
        await node.Mta.Start();
        await node.Accepts(3);
        await using (await Strace.Attach(node.Mta.Pid, [], "fdatasync", "error=EIO:when=1"))
        {
            await node.Refuses("451");
            await node.Accepts(10);
        }
        await node.LosesNothing();
    }

    [Fact]
    public async Task Little_space_is_said_before_the_message_is_sent()
    {
        await using var node = new FaultNode("spool { segment-size = 1MiB, min-free = 8MiB }");
        await using var disk = await MemoryDisk.Mount(node.Mta.DataDir, 64);
        await node.Mta.Start();
        await node.Accepts(20);
        disk.Fill(leave: 4 << 20);
        await node.Refuses("452 4.3.1");
        for (int i = 0; i < 20; i++) Assert.StartsWith("452 4.3.1", await node.Attempt(), StringComparison.Ordinal);
        disk.Empty();
        await node.Recovers();
        await node.Accepts(20);
        await node.LosesNothing();
        await node.Mta.Kill();
    }

    [Fact]
    public async Task A_full_disk()
    {
        // nothing is kept free: the last octet goes to messages, and the queue's database finds none
        await using var node = new FaultNode("spool { segment-size = 1MiB, min-free = 0B, spare-segments = 0 }");
        await using var disk = await MemoryDisk.Mount(node.Mta.DataDir, 64);
        await node.Mta.Start();
        await node.Accepts(20);
        // what waits needs rows in the journal
        node.Sink.OnRecipient = _ => "451 4.2.0 come again";
        await node.Accepts(20);
        disk.Fill();
        await node.Refuses("452 4.3.1");
        for (int i = 0; i < 10; i++) await node.Attempt();
        disk.Empty();
        node.Sink.OnRecipient = _ => "250 2.1.5 ok";
        await node.Recovers();
        await node.Accepts(20);
        await node.LosesNothing();
        await node.Mta.Kill();
    }
}

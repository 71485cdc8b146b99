using CsCheck;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>How bodies are written, held in memory, read and let go.</summary>
public sealed class BodyTests
{
    [Fact]
    public async Task A_body_comes_back_whatever_the_pieces_it_came_in()
    {
        await using var harness = new SpoolHarness();
        await harness.Attach();
        ulong id = 0;
        await Gen.Int[0, 9000].Array[0, 40].SampleAsync(async pieces =>
        {
            ulong mine = Interlocked.Increment(ref id);
            byte[] whole = Body(mine, pieces.Sum());
            var writer = harness.Spool.BeginMessage();
            int at = 0;
            foreach (int piece in pieces)
            {
                whole.AsSpan(at, piece).CopyTo(writer.GetSpan(piece));
                writer.Advance(piece);
                at += piece;
            }
            Assert.Equal(whole.Length, writer.Length);
            var storer = new Recorder();
            harness.Spool.Store(0, Envelope(mine), writer, storer);
            var body = (await storer.Expect<SpoolProtocol.Stored>()).Body;
            Assert.Equal(whole, body.ReadAll());
            body.DropMemory();
            Assert.Equal(whole, body.ReadAll());
            body.Release();
        }, iter: 100, threads: 2);
        Assert.Equal((0, 0), (harness.Spool.Status.BytesInMemory, harness.Spool.Status.LiveBodies));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(100_000)]
    public async Task A_lease_outlives_its_body(int length)
    {
        await using var harness = new SpoolHarness("spare-segments = 1");
        await harness.Attach();
        var stored = await harness.Store(1, length);
        using var fresh = stored.Body.Open();
        stored.Body.DropMemory();
        using var read = stored.Body.Open();
        stored.Body.Release();
        for (ulong id = 2; id <= 100; id++)
        {
            var other = await harness.Store(id, 5000); // over what was there, when the file is used again
            other.Body.Release();
            harness.Spool.Checkpoint(0, other.Lsn);
            if (id % 20 == 0) await harness.Tick();
        }
        Assert.DoesNotContain(harness.Disk.Names, name => name is "00000001.seg" or "large/00000001.body");
        foreach (var lease in new[] { fresh, read })
        {
            byte[] bytes = new byte[length];
            for (int at = 0; at < length; at += lease.Read(at, bytes.AsSpan(at))) ;
            Assert.Equal(Body(1, length), bytes);
            Assert.Equal(0, lease.Read(length, new byte[10]));
            Assert.Equal(length < 50_000, lease.TryGetMemory(out var memory));
            if (length < 50_000) Assert.Equal(bytes, memory.ToArray());
        }
    }

    [Fact]
    public async Task Over_the_cap_bodies_are_on_the_disk_only()
    {
        await using var harness = new SpoolHarness("memory = 0B");
        var partition = await harness.Attach();
        for (ulong id = 1; id <= 10; id++) await harness.Store(id, 5000);
        Assert.Equal(0, harness.Spool.Status.BytesInMemory);
        foreach (var stored in partition.Of<SpoolProtocol.Stored>()) Assert.Equal(Body(stored.Envelope.Id.Value, 5000), stored.Body.ReadAll());
        Assert.Equal(0, harness.Spool.Status.BytesInMemory);
    }

    [Fact]
    public async Task Short_of_memory_long_messages_go_to_files_sooner()
    {
        await using var harness = new SpoolHarness("memory = 0B, large-body = 1MiB");
        using var writer = harness.Spool.Write(Body(1, 500_000));
        Assert.True(harness.Spool.Status.BytesInMemory < 300_000);
        Assert.Single(harness.Disk.Names, name => name.StartsWith("large/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_given_up_leaves_nothing()
    {
        await using var harness = new SpoolHarness();
        foreach (int length in new[] { 100, 100_000 }) harness.Spool.Write(Body(1, length)).Dispose();
        Assert.Equal(0, harness.Spool.Status.BytesInMemory);
        Assert.DoesNotContain(harness.Disk.Names, name => name.StartsWith("large/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_ended_partition_held_in_memory_is_let_go()
    {
        await using var harness = new SpoolHarness();
        await harness.Attach();
        for (ulong id = 1; id <= 10; id++) await harness.Store(id, 5000);
        Assert.True(harness.Spool.Status.BytesInMemory > 0);
        var again = await harness.Attach();
        Assert.Equal((0, 10), (harness.Spool.Status.BytesInMemory, harness.Spool.Status.LiveBodies));
        foreach (var stored in again.Of<SpoolProtocol.Stored>()) Assert.Equal(Body(stored.Envelope.Id.Value, 5000), stored.Body.ReadAll());
    }

    [Fact]
    public async Task A_large_body_that_belongs_to_no_message_is_deleted_once_all_have_attached()
    {
        var harness = new SpoolHarness(queues: 2);
        await harness.Attach();
        await harness.Attach(1);
        var known = await harness.Store(1, 100_000);
        var journaled = await harness.Store(2, 100_000, queue: 1);
        harness.Spool.Checkpoint(0, known.Lsn);
        using (harness.Disk.Create("large/00000099.body")) harness.Disk.SyncFolder("large");
        await using var next = await harness.Restart();
        var restored = next.Spool.Restore(0, known.Body.Location);
        await next.Attach(0, journaled.Lsn);
        await next.Tick();
        Assert.Contains("large/00000099.body", next.Disk.Names);
        var other = await next.Attach(1);
        await next.Tick();
        await next.Tick();
        Assert.DoesNotContain("large/00000099.body", next.Disk.Names);
        Assert.Equal(Body(1, 100_000), restored.ReadAll());
        Assert.Equal(Body(2, 100_000), other.Of<SpoolProtocol.Stored>().Single().Body.ReadAll());
        Assert.True((await next.Store(3, 100_000)).Body.Location.Segment > 99); // a number is never used twice
    }
}

using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>What the spool does when the disk fails, fills or forgets.</summary>
public sealed class FailingDiskTests
{
    [Theory]
    [InlineData(5, "451 4.3.0")]
    [InlineData(28, "452 4.3.1")]
    public async Task A_failed_sync_refuses_the_message_and_abandons_the_segment(int errno, string reply)
    {
        var harness = new SpoolHarness();
        var partition = await harness.Attach();
        await harness.Store(1, 1000);
        string segment = harness.Disk.Names.Single(name => name.EndsWith(".seg", StringComparison.Ordinal));
        FailOnce(harness, DiskOperation.Sync, errno);
        var refused = Assert.IsType<SpoolProtocol.NotStored>(await harness.TryStore(2, 1000));
        Assert.StartsWith(reply, refused.Reply.ToString(), StringComparison.Ordinal);
        var touched = new List<string>();
        harness.Disk.Fault = (_, name) =>
        {
            touched.Add(name);
            return null;
        };
        await harness.Store(3, 1000);
        Assert.DoesNotContain(segment, touched);
        Assert.Equal((SpoolHealth.Ok, 1), (harness.Spool.Status.Health, harness.Spool.Status.SyncFailures));
        Assert.Equal([1ul, 3ul], Ids(partition));
        await using var next = await harness.Restart();
        Assert.Equal([1ul, 3ul], Ids(await next.Attach()));
    }

    [Fact]
    public async Task An_abandoned_segment_is_deleted_in_the_end_and_not_used_again()
    {
        await using var harness = new SpoolHarness();
        await harness.Attach();
        var stored = await harness.Store(1, 1000);
        FailOnce(harness, DiskOperation.Sync, 5);
        await harness.TryStore(2, 1000);
        stored.Body.Release();
        harness.Spool.Checkpoint(0, stored.Lsn);
        await harness.Tick();
        Assert.Equal(["00000002.seg"], harness.Disk.Names);
    }

    [Fact]
    public async Task Settlements_of_a_failed_commit_are_in_the_next_one()
    {
        var harness = new SpoolHarness();
        await harness.Store(1, 1000);
        harness.Spool.Settle(0, new(1), [0], Settlement.Delivered);
        FailOnce(harness, DiskOperation.Write, 5);
        Assert.IsType<SpoolProtocol.NotStored>(await harness.TryStore(2, 1000));
        await harness.Spool.FlushAsync();
        await using var next = new SpoolHarness(disk: harness.Disk.Recovered());
        await harness.DisposeAsync();
        Assert.Single((await next.Attach()).Of<SpoolProtocol.Settled>());
    }

    [Fact]
    public async Task Without_a_new_segment_all_is_refused_until_the_disk_recovers()
    {
        await using var harness = new SpoolHarness();
        await harness.Store(1, 1000);
        harness.Disk.Fault = (_, _) => SimulatedDisk.Error(28);
        for (ulong id = 2; id < 5; id++) Assert.IsType<SpoolProtocol.NotStored>(await harness.TryStore(id, 1000));
        Assert.Equal(SpoolHealth.Failed, harness.Spool.Status.Health);
        await harness.Tick();
        Assert.Equal(SpoolHealth.Failed, harness.Spool.Status.Health);
        harness.Disk.Fault = null;
        await harness.Tick();
        Assert.Equal(SpoolHealth.Ok, harness.Spool.Status.Health);
        await harness.Store(5, 1000);
        Assert.Equal([1ul, 5ul], Ids(await harness.Attach()));
    }

    [Fact]
    public async Task On_a_full_disk_the_spool_opens_and_tells_what_it_has()
    {
        var harness = new SpoolHarness();
        await harness.Store(1, 1000);
        await harness.DisposeAsync();
        harness.Disk.Fault = (operation, _) => operation is DiskOperation.Create or DiskOperation.Allocate ? SimulatedDisk.Error(28) : null;
        await using var next = new SpoolHarness(disk: harness.Disk);
        var partition = await next.Attach();
        Assert.Equal([1ul], Ids(partition));
        Assert.Equal(452, Assert.IsType<SpoolProtocol.NotStored>(await next.TryStore(2, 1000)).Reply.Code);
        harness.Disk.Fault = null;
        await next.Tick();
        await next.Store(3, 1000);
        Assert.Equal([1ul, 3ul], Ids(partition));
    }

    /// <summary>A failed sync leaves in the cache, as if it were safe, what the disk may not have; a new process reads it there.</summary>
    [Fact]
    public async Task What_was_replayed_from_the_cache_survives_a_power_cut()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var harness = new SpoolHarness(disk: new(seed));
            await harness.Store(1, 1000);
            bool failed = false;
            harness.Disk.Fault = (operation, _) => (failed |= operation == DiskOperation.Sync) ? SimulatedDisk.Error(5) : null;
            await harness.TryStore(2, 3000);
            await harness.DisposeAsync();
            harness.Disk.Restart();
            var second = new SpoolHarness(disk: harness.Disk);
            var told = Ids(await second.Attach()).ToArray();
            await second.DisposeAsync();
            await using var third = new SpoolHarness(disk: second.Disk.Recovered());
            var again = await third.Attach();
            Assert.Equal(told, Ids(again));
            foreach (var stored in again.Of<SpoolProtocol.Stored>())
                Assert.Equal(Body(stored.Envelope.Id.Value, (int)stored.Body.Length), stored.Body.ReadAll());
        }
    }

    [Fact]
    public async Task A_failed_disk_is_tried_once_a_second()
    {
        await using var harness = new SpoolHarness();
        await harness.Store(1, 1000);
        harness.Disk.Fault = (_, _) => SimulatedDisk.Error(5);
        await harness.TryStore(2, 1000);
        int before = harness.Disk.Operations;
        for (ulong id = 3; id < 50; id++) await harness.TryStore(id, 1000);
        Assert.Equal(before, harness.Disk.Operations);
    }

    [Fact]
    public async Task Little_space_shows_before_a_message_is_sent()
    {
        await using var harness = new SpoolHarness("min-free = 1MiB");
        Assert.Equal(SpoolHealth.Ok, harness.Spool.Status.Health);
        harness.Disk.Free = () => 1000;
        await harness.Tick();
        Assert.Equal(SpoolHealth.LowSpace, harness.Spool.Status.Health);
        Assert.NotEmpty(harness.Spool.Status.Reason);
        await harness.Store(1, 1000); // one that is here already, or a notification
    }

    [Fact]
    public async Task A_large_body_that_cannot_be_written_fails_its_message_alone()
    {
        await using var harness = new SpoolHarness();
        harness.Disk.Fault = (operation, name) => operation == DiskOperation.Write && name.StartsWith("large/", StringComparison.Ordinal)
            ? SimulatedDisk.Error(28) : null;
        using var writer = harness.Spool.Write(Body(1, 300_000));
        Assert.NotNull(writer.Failure);
        Assert.Equal(300_000, writer.Length);
        var storer = new Recorder();
        harness.Spool.Store(0, Envelope(1), writer, storer);
        Assert.Equal(452, storer.Of<SpoolProtocol.NotStored>().Single().Reply.Code);
        await harness.Store(2, 1000);
        Assert.DoesNotContain(harness.Disk.Names, name => name.StartsWith("large/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(DiskOperation.Sync)]
    [InlineData(DiskOperation.SyncFolder)]
    public async Task A_large_body_that_is_not_durable_is_not_stored(DiskOperation failing)
    {
        await using var harness = new SpoolHarness();
        var partition = await harness.Attach();
        FailOnce(harness, failing, 5);
        Assert.IsType<SpoolProtocol.NotStored>(await harness.TryStore(1, 100_000));
        await harness.Store(2, 100_000);
        Assert.Equal([2ul], Ids(partition));
        Assert.Single(harness.Disk.Names, name => name.StartsWith("large/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damage_costs_the_record_it_hits_and_no_other()
    {
        var harness = new SpoolHarness();
        var partition = await harness.Attach();
        for (ulong id = 1; id <= 20; id++) await harness.Store(id, 2000);
        var locations = partition.Of<SpoolProtocol.Stored>().Select(stored => stored.Body.Location).ToArray();
        await harness.DisposeAsync();
        harness.Disk.Corrupt("00000001.seg", locations[4].Offset - 100, 50); // header and envelope
        harness.Disk.Corrupt("00000001.seg", locations[10].Offset - 10, 3); // envelope
        await using var next = new SpoolHarness(disk: harness.Disk);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (ulong)i).Except([5ul, 11ul]), Ids(await next.Attach()));
        Assert.Equal(2, next.Spool.Status.CorruptRecords);
        var third = await next.Restart();
        Assert.Equal(18, Ids(await third.Attach()).Count());
        await third.DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_body_is_never_given_out()
    {
        var harness = new SpoolHarness();
        var partition = await harness.Attach();
        await harness.Store(1, 2000);
        await harness.Store(2, 100_000);
        var bodies = partition.Of<SpoolProtocol.Stored>().Select(stored => stored.Body).ToArray();
        harness.Disk.Corrupt("00000001.seg", bodies[0].Location.Offset + 1000, 1);
        harness.Disk.Corrupt("large/00000001.body", 70_000, 1);
        Assert.Equal(Body(1, 2000), bodies[0].ReadAll()); // from memory
        bodies[0].DropMemory();
        foreach (var body in bodies) Assert.Throws<IOException>(body.ReadAll);
        Assert.Equal(2, harness.Spool.Status.CorruptRecords);
        await harness.DisposeAsync();
    }

    [Fact]
    public async Task A_segment_outlives_one_copy_of_its_header()
    {
        var harness = new SpoolHarness();
        await harness.Store(1, 100);
        await harness.DisposeAsync();
        harness.Disk.Corrupt("00000001.seg", 0, 4096);
        await using var next = new SpoolHarness(disk: harness.Disk);
        Assert.Equal([1ul], Ids(await next.Attach()));
    }

    [Fact]
    public async Task A_segment_without_a_header_is_kept_aside()
    {
        var harness = new SpoolHarness();
        await harness.Store(1, 100);
        harness = await harness.Restart();
        await harness.Store(2, 100);
        await harness.DisposeAsync();
        harness.Disk.Corrupt("00000001.seg", 0, 8192);
        await using var next = new SpoolHarness(disk: harness.Disk);
        Assert.Equal([2ul], Ids(await next.Attach()));
        Assert.Contains("00000001.seg.bad", next.Disk.Names);
        Assert.Equal(1, next.Spool.Status.CorruptRecords);
    }

    private static IEnumerable<ulong> Ids(Recorder partition) => partition.Of<SpoolProtocol.Stored>().Select(stored => stored.Envelope.Id.Value);

    /// <summary>A partition begins again when its journal cannot be written, which may be for the same reason.</summary>
    [Fact]
    public async Task Who_attaches_while_the_disk_fails_hears_what_was_settled_meanwhile()
    {
        await using var harness = new SpoolHarness();
        await harness.Attach();
        await harness.Store(1, 1000);
        harness.Disk.Fault = (operation, _) => operation is DiskOperation.Write or DiskOperation.Sync ? SimulatedDisk.Error(5) : null;
        harness.Spool.Settle(0, new(1), [0], Settlement.Delivered);
        var again = new Recorder();
        harness.Spool.Attach(0, again, 0);
        Assert.IsType<SpoolProtocol.NotStored>(await harness.TryStore(2, 1000));
        Assert.Empty(again.Messages);
        harness.Disk.Fault = null;
        await harness.Tick();
        await again.Expect<SpoolProtocol.Attached>();
        Assert.Single(again.Of<SpoolProtocol.Settled>());
    }

    private static void FailOnce(SpoolHarness harness, DiskOperation failing, int errno)
    {
        bool failed = false;
        harness.Disk.Fault = (operation, _) =>
        {
            if (failed || operation != failing) return null;
            failed = true;
            return SimulatedDisk.Error(errno);
        };
    }
}

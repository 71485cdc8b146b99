using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>When the log is synced, and what an end without warning leaves, by the setting.</summary>
public sealed class DurabilityTests
{
    private const string Relaxed = "durability = relaxed, relaxed-interval = 1s";

    [Fact]
    public async Task Messages_that_arrive_together_share_a_sync()
    {
        await using var harness = new SpoolHarness("gather = 10s");
        await harness.Attach();
        var storer = new Recorder();
        long before = harness.Spool.Status.Syncs;
        var second = harness.Spool.Write(Body(2, 100)); // arriving: the first one waits for it
        harness.Spool.Store(0, 1, 100, storer);
        harness.Spool.Store(0, Envelope(2), second, storer);
        await storer.Expect<SpoolProtocol.Stored>(stored => stored.Envelope.Id.Value == 2);
        Assert.Equal(1, harness.Spool.Status.Syncs - before);
    }

    [Fact]
    public async Task Nobody_waits_for_a_message_that_was_given_up()
    {
        await using var harness = new SpoolHarness("gather = 10s");
        harness.Spool.Write(Body(2, 100)).Dispose();
        harness.Spool.Write(Body(3, 60_000)).Dispose(); // in a file of its own
        await harness.Store(1, 100).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Relaxed_acknowledges_first_and_syncs_within_the_interval()
    {
        await using var harness = new SpoolHarness(Relaxed);
        Assert.Equal(Durability.Relaxed, harness.Spool.Status.Durability);
        await harness.Attach();
        await harness.Store(1, 100); // the first after a pause is synced at once
        await harness.Spool.FlushAsync();
        bool synced = false;
        harness.Disk.Fault = (operation, _) =>
        {
            synced |= operation == DiskOperation.Sync;
            return null;
        };
        await harness.Store(2, 100);
        Assert.False(synced);
        await harness.Tick();
        Assert.True(synced);
    }

    [Theory]
    [InlineData("", true, true)]
    [InlineData("", false, true)]
    [InlineData(Relaxed, true, false)]
    [InlineData(Relaxed, false, true)]
    public async Task What_an_end_without_warning_leaves(string settings, bool powerCut, bool isKept)
    {
        var harness = new SpoolHarness(settings);
        await harness.Attach();
        await harness.Store(1, 100);
        await harness.Spool.FlushAsync();
        await harness.Store(2, 100);
        harness.Disk.CutAfter = 0; // from here on nothing reaches the disk
        await harness.DisposeAsync();
        var disk = harness.Disk;
        if (powerCut) disk = disk.Recovered();
        else disk.Restart();
        await using var next = new SpoolHarness(settings, disk: disk);
        var told = (await next.Attach()).Of<SpoolProtocol.Stored>();
        // what was not synced the disk may have written all the same
        Assert.InRange(told.Count(), isKept ? 2 : 1, 2);
    }

    [Fact]
    public async Task A_sync_that_fails_after_the_acknowledgement_is_told_to_the_operator_and_the_spool_goes_on()
    {
        await using var harness = new SpoolHarness(Relaxed);
        await harness.Attach();
        await harness.Store(1, 100);
        await harness.Spool.FlushAsync();
        await harness.Store(2, 100);
        bool failed = false;
        harness.Disk.Fault = (operation, _) =>
        {
            if (operation != DiskOperation.Sync || failed) return null;
            failed = true;
            return SimulatedDisk.Error(5);
        };
        await harness.Tick();
        Assert.Equal(1, harness.Spool.Status.SyncFailures);
        await harness.Tick();
        await harness.Tick();
        Assert.Equal(SpoolHealth.Ok, harness.Spool.Status.Health);
        await harness.Store(3, 100);
    }
}

using CsCheck;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>The disk is given back, and nothing that is still needed with it.</summary>
public sealed class ReclaimTests
{
    [Fact]
    public async Task After_churn_few_segments_are_left_and_the_survivors_moved()
    {
        await using var harness = new SpoolHarness("evacuate-below = 0.5, spare-segments = 1");
        var alive = new Dictionary<ulong, StoredBody>();
        var partition = new Recorder(message =>
        {
            switch (message)
            {
                case SpoolProtocol.Evacuate(var segment):
                    foreach (var (id, body) in alive.Where(each => each.Value.Location.Segment == segment)) harness.Spool.Move(0, new(id), body);
                    break;
                case SpoolProtocol.Moved(_, var id, var body):
                    alive[id.Value].Release();
                    alive[id.Value] = body;
                    break;
            }
        });
        harness.Spool.Attach(0, partition, 0);
        await partition.Expect<SpoolProtocol.Attached>();
        for (ulong id = 1; id <= 1000; id++)
        {
            var stored = await harness.Store(id, 5000);
            if (id % 100 == 0) alive[id] = stored.Body;
            else stored.Body.Release();
            harness.Spool.Checkpoint(0, stored.Lsn);
            if (id % 50 == 0) await harness.Tick();
        }
        for (int i = 0; i < 5; i++)
        {
            harness.Clock.Advance(TimeSpan.FromMinutes(2));
            await harness.Tick();
            harness.Spool.Checkpoint(0, partition.Of<SpoolProtocol.IRecord>().Max(record => record.Lsn));
        }
        Assert.NotEmpty(partition.Of<SpoolProtocol.Moved>());
        Assert.InRange(harness.Spool.Status.Segments, 1, 3);
        Assert.InRange(harness.Disk.Names.Count(), 1, 5);
        Assert.Equal(10, harness.Spool.Status.LiveBodies);
        foreach (var (id, body) in alive) Assert.Equal(Body(id, 5000), body.ReadAll());
    }

    [Fact]
    public async Task Moved_bodies_are_replayed()
    {
        var harness = new SpoolHarness("evacuate-below = 1");
        var partition = await harness.Attach();
        var stored = await harness.Store(1, 5000);
        harness.Spool.Move(0, new(1), stored.Body);
        var moved = await partition.Expect<SpoolProtocol.Moved>();
        await using var next = await harness.Restart();
        var again = (await next.Attach(0, stored.Lsn)).Of<SpoolProtocol.Moved>().Single();
        Assert.Equal((moved.Lsn, moved.Id, moved.Body.Location), (again.Lsn, again.Id, again.Body.Location));
        Assert.Equal(Body(1, 5000), again.Body.ReadAll());
    }

    [Fact]
    public async Task Nothing_goes_before_all_partitions_have_attached_and_checkpointed()
    {
        await using var harness = new SpoolHarness("spare-segments = 0", queues: 2);
        var partition = await harness.Attach(0);
        for (ulong id = 1; id <= 100; id++)
        {
            var stored = await harness.Store(id, 5000);
            if (stored.Lsn > 0) stored.Body.Release();
        }
        await harness.Store(101, 100, queue: 1);
        long last = partition.Of<SpoolProtocol.Stored>().Last().Lsn, segments = harness.Spool.Status.Segments;
        harness.Spool.Checkpoint(0, last);
        await harness.Tick();
        Assert.Equal(segments, harness.Spool.Status.Segments);
        await harness.Attach(1);
        await harness.Tick();
        Assert.Equal(1, harness.Spool.Status.Segments); // 101 is in the current one
    }

    [Fact]
    public async Task A_restored_body_keeps_its_segment()
    {
        var harness = new SpoolHarness();
        await harness.Attach();
        var kept = await harness.Store(1, 5000);
        long lsn = 0;
        for (ulong id = 2; id <= 60; id++) lsn = (await harness.Store(id, 5000)).Lsn;
        await using var next = await harness.Restart();
        var restored = next.Spool.Restore(0, kept.Body.Location);
        await next.Attach(0, lsn);
        await next.Tick();
        Assert.Equal(2, next.Spool.Status.Segments);
        Assert.Equal(Body(1, 5000), restored.ReadAll());
        restored.Release();
        await next.Tick();
        Assert.Equal(1, next.Spool.Status.Segments);
        Assert.Throws<IOException>(() => restored.Open());
    }

    [Fact]
    public async Task What_is_restored_in_vain_does_not_count_twice()
    {
        var harness = new SpoolHarness();
        await harness.Attach();
        var kept = await harness.Store(1, 5000);
        await using var next = await harness.Restart();
        next.Spool.Restore(0, kept.Body.Location);
        next.Spool.Detach(0, new Recorder()); // it failed while it recovered
        var restored = next.Spool.Restore(0, kept.Body.Location);
        await next.Attach(0, kept.Lsn);
        restored.Release();
        await next.Tick();
        Assert.Equal((0, 1), (next.Spool.Status.LiveBodies, next.Spool.Status.Segments));
    }

    [Fact]
    public async Task An_emptied_segment_is_used_again_and_what_was_in_it_does_not_come_back()
    {
        var harness = new SpoolHarness("spare-segments = 3");
        await harness.Attach();
        long lsn = 0;
        for (ulong id = 1; id <= 300; id++)
        {
            var stored = await harness.Store(id, 5000);
            stored.Body.Release();
            harness.Spool.Checkpoint(0, lsn = stored.Lsn);
            if (id % 20 == 0) await harness.Tick();
        }
        await using var next = await harness.Restart();
        var replayed = (await next.Attach()).Of<SpoolProtocol.Stored>().ToArray();
        Assert.InRange(replayed.Length, 1, 100);
        Assert.Equal(Enumerable.Range(301 - replayed.Length, replayed.Length).Select(id => (ulong)id), replayed.Select(each => each.Envelope.Id.Value));
        Assert.Equal(lsn, replayed[^1].Lsn);
        Assert.Equal(0, next.Spool.Status.CorruptRecords);
    }

    [Fact]
    public async Task Numbers_are_never_used_twice_even_when_all_that_had_them_is_gone()
    {
        var harness = new SpoolHarness("spare-segments = 0");
        await harness.Attach();
        var stored = await harness.Store(1, 100_000);
        for (ulong id = 1; id <= 60; id++)
        {
            stored.Body.Release();
            harness.Spool.Checkpoint(0, stored.Lsn);
            stored = await harness.Store(id, 5000);
        }
        stored.Body.Release();
        harness.Spool.Checkpoint(0, stored.Lsn);
        for (int i = 0; i < 2; i++)
        {
            harness = await harness.Restart();
            await harness.Attach(0, stored.Lsn);
            await harness.Tick();
            Assert.Equal(1, harness.Spool.Status.Segments); // an empty one
        }
        var next = await harness.Store(2, 100_000);
        Assert.True(next.Lsn > stored.Lsn);
        Assert.Equal(2, next.Body.Location.Segment);
        await harness.DisposeAsync();
    }

    /// <summary>
    /// The journal may still know a message whose body was released: then the settlement must be in the log, or the body must be there.
    /// </summary>
    [Fact]
    public async Task A_body_goes_only_after_its_settlement_is_durable() =>
        await Gen.Select(Gen.Int, Gen.Int[1, 60], Gen.OneOf(Gen.Const(5000), Gen.Const(40_000))).SampleAsync(async (seed, cutAfter, length) =>
        {
            var harness = new SpoolHarness(disk: new(seed));
            await harness.Attach();
            var journal = new Dictionary<ulong, BodyLocation>();
            long lsn = 0;
            var bodies = new Dictionary<ulong, StoredBody>();
            for (ulong id = 1; id <= 40; id++)
            {
                var stored = await harness.Store(id, length);
                (journal[id], bodies[id], lsn) = (stored.Body.Location, stored.Body, stored.Lsn);
            }
            harness.Spool.Checkpoint(0, lsn);
            harness.Disk.CutAfter = harness.Disk.Operations + cutAfter;
            harness.Disk.Free = () =>
            {
                // between a commit and the look at what can be reclaimed, the worst moment
                foreach (ulong id in bodies.Keys.Take(8).ToArray())
                {
                    harness.Spool.Settle(0, new(id), [0], Settlement.Delivered);
                    bodies[id].Release();
                    bodies.Remove(id);
                }
                return long.MaxValue;
            };
            for (int i = 0; i < 8; i++) await harness.Tick();
            harness.Disk.CutAfter = 0; // at the latest now
            await harness.DisposeAsync();

            await using var next = new SpoolHarness(disk: harness.Disk.Recovered());
            var restored = journal.ToDictionary(each => each.Key, each => next.Spool.Restore(0, each.Value));
            var settled = (await next.Attach(0, lsn)).Of<SpoolProtocol.Settled>().Select(each => each.Id.Value).ToHashSet();
            foreach (var (id, body) in restored)
                if (!settled.Contains(id)) Assert.Equal(Body(id, length), body.ReadAll());
        }, iter: 80, threads: 2);
}

using Mta.Mail;
using Mta.Spool;
using static Mta.Tests.Spool.SpoolFixture;

namespace Mta.Tests.Spool;

/// <summary>What <see cref="ISpool"/> promises, where the disk does what it should.</summary>
public sealed class SpoolContractTests
{
    [Fact]
    public async Task The_partition_is_told_before_the_storer_and_the_same()
    {
        await using var harness = new SpoolHarness();
        var order = new List<(string Who, object What)>();
        await harness.Attach(onMessage: message => order.Add(("partition", message)));
        var storer = new Recorder(message => order.Add(("storer", message)));
        harness.Spool.Store(0, 1, 100, storer);
        await storer.Expect<SpoolProtocol.Stored>();
        Assert.Equal(["partition", "partition", "storer"], order.Select(each => each.Who)); // the first is Attached
        Assert.Same(order[1].What, order[2].What);
    }

    [Fact]
    public async Task Nothing_is_told_before_it_is_durable()
    {
        await using var harness = new SpoolHarness();
        bool synced = false, early = false;
        await harness.Attach(onMessage: message => early |= message is SpoolProtocol.Stored && !synced);
        harness.Disk.Fault = (operation, _) =>
        {
            synced |= operation == DiskOperation.Sync;
            return null;
        };
        var storer = new Recorder(_ => early |= !synced);
        harness.Spool.Store(0, 1, 100, storer);
        await storer.Expect<SpoolProtocol.Stored>();
        Assert.False(early);
    }

    [Fact]
    public async Task Envelopes_come_back_as_they_went()
    {
        var envelope = Envelope(77, recipients: 300) with
        {
            ReversePath = "",
            ClientName = "client.example",
            ClientAddress = "192.0.2.1",
            NotBefore = DateTimeOffset.UnixEpoch.AddDays(21000),
            IsEightBit = true,
        };
        var harness = new SpoolHarness();
        var storer = new Recorder();
        harness.Spool.Store(0, envelope, harness.Spool.Write(Body(77, 1000)), storer);
        await storer.Expect<SpoolProtocol.Stored>();
        await using var next = await harness.Restart();
        var told = (await next.Attach()).Of<SpoolProtocol.Stored>().Single().Envelope;
        Assert.Equal(envelope.Recipients, told.Recipients);
        Assert.Equal(envelope with { Recipients = [], Parameters = told.Parameters }, told with { Recipients = [] });
    }

    [Fact]
    public async Task What_is_stored_while_nobody_is_attached_waits_in_the_log()
    {
        await using var harness = new SpoolHarness();
        await harness.Store(1, 100);
        var first = await harness.Attach();
        harness.Spool.Detach(0, first);
        await harness.Spool.FlushAsync();
        await harness.Store(2, 100);
        Assert.Single(first.Of<SpoolProtocol.Stored>());
        long seen = first.Of<SpoolProtocol.Stored>().Single().Lsn;
        var second = await harness.Attach(afterLsn: seen);
        Assert.Equal(2ul, second.Of<SpoolProtocol.Stored>().Single().Envelope.Id.Value);
    }

    [Fact]
    public async Task A_late_detach_of_a_predecessor_changes_nothing()
    {
        await using var harness = new SpoolHarness();
        var first = await harness.Attach();
        var second = await harness.Attach();
        harness.Spool.Detach(0, first);
        await harness.Spool.FlushAsync();
        await harness.Store(1, 100);
        Assert.Single(second.Of<SpoolProtocol.Stored>());
        Assert.Empty(first.Of<SpoolProtocol.Stored>());
    }

    [Fact]
    public async Task Attaching_again_amid_traffic_misses_nothing_and_repeats_nothing()
    {
        await using var harness = new SpoolHarness(queues: 2);
        const int perStorer = 400;
        var storers = Enumerable.Range(0, 3).Select(storer => Task.Run(async () =>
        {
            for (int i = 0; i < perStorer; i++) await harness.Store((ulong)(storer * perStorer + i + 1), 300, queue: i % 2);
        })).ToArray();
        var seen = new List<SpoolProtocol.Stored>();
        while (!Task.WhenAll(storers).IsCompleted) await Incarnation();
        await Task.WhenAll(storers);
        await Incarnation();
        Assert.Equal(seen.Select(stored => stored.Lsn).Order(), seen.Select(stored => stored.Lsn));
        Assert.Equal(3 * perStorer / 2, seen.Select(stored => stored.Envelope.Id).Distinct().Count());
        Assert.Equal(3 * perStorer / 2, seen.Count);

        async Task Incarnation()
        {
            var partition = await harness.Attach(0, seen.LastOrDefault()?.Lsn ?? 0);
            harness.Spool.Detach(0, partition);
            await harness.Spool.FlushAsync();
            seen.AddRange(partition.Of<SpoolProtocol.Stored>());
        }
    }

    [Fact]
    public async Task Settlements_are_replayed_to_their_partition_behind_what_it_knows()
    {
        var harness = new SpoolHarness(queues: 2);
        await harness.Store(1, 100, queue: 0);
        harness.Spool.Settle(0, new(1), [0, 2, 70000], Settlement.Delivered);
        harness.Spool.Settle(1, new(9), [5], Settlement.Dropped);
        harness.Spool.Settle(0, new(1), [1], Settlement.Failed);
        await using var next = await harness.Restart();
        var settled = (await next.Attach(0)).Of<SpoolProtocol.Settled>().ToArray();
        Assert.Equal([(Settlement.Delivered, "0,2,70000"), (Settlement.Failed, "1")],
            settled.Select(each => (each.As, string.Join(',', each.Recipients))));
        Assert.True(settled[0].Lsn < settled[1].Lsn); // or a flush of the journal between them would lose the second
        Assert.Equal(9ul, (await next.Attach(1)).Of<SpoolProtocol.Settled>().Single().Id.Value);
        Assert.Equal([settled[1].Lsn], (await next.Attach(0, settled[0].Lsn)).Of<SpoolProtocol.Settled>().Select(each => each.Lsn));
    }

    [Fact]
    public async Task A_settlement_is_durable_after_the_interval_without_any_message()
    {
        var harness = new SpoolHarness();
        harness.Spool.Settle(0, new(1), [0], Settlement.Delivered);
        await harness.Tick();
        await using var next = new SpoolHarness(disk: harness.Disk.Recovered());
        await harness.DisposeAsync();
        Assert.Single((await next.Attach()).Of<SpoolProtocol.Settled>());
    }

    [Fact]
    public async Task Many_settlements_take_more_than_one_record()
    {
        var harness = new SpoolHarness();
        for (int i = 0; i < 20_000; i++) harness.Spool.Settle(0, new((ulong)i), [i % 7], Settlement.Delivered);
        await using var next = await harness.Restart();
        var settled = (await next.Attach()).Of<SpoolProtocol.Settled>().ToArray();
        Assert.Equal(20_000, settled.Select(each => (each.Id, each.Lsn)).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => (ulong)i), settled.Select(each => each.Id.Value));
    }

    [Fact]
    public async Task Numbers_go_on_behind_what_the_journal_knows_even_if_the_spool_is_new()
    {
        await using var harness = new SpoolHarness();
        var partition = await harness.Attach(afterLsn: 1_000_000);
        Assert.True((await harness.Store(1, 10)).Lsn > 1_000_000);
        Assert.Single(partition.Of<SpoolProtocol.Stored>());
    }

    [Fact]
    public async Task A_spool_serves_the_number_of_partitions_it_was_made_for()
    {
        var harness = new SpoolHarness(queues: 4);
        await harness.DisposeAsync();
        Assert.Throws<SpoolMismatchException>(() => new SpoolHarness(queues: 5, disk: harness.Disk));
    }

    [Fact]
    public async Task After_the_end_messages_are_refused()
    {
        var harness = new SpoolHarness();
        var small = harness.Spool.Write(Body(1, 100));
        var large = harness.Spool.Write(Body(2, 100_000));
        await harness.DisposeAsync();
        var storer = new Recorder();
        harness.Spool.Store(0, Envelope(1), small, storer);
        harness.Spool.Store(0, Envelope(2), large, storer);
        Assert.All(storer.Of<SpoolProtocol.NotStored>(), refused => Assert.True(refused.Reply.IsTransient));
        Assert.Equal(2, storer.Messages.Count);
        await harness.Spool.FlushAsync();
    }

    [Fact]
    public async Task Messages_that_wait_for_the_disk_are_bounded()
    {
        using var release = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        await using var harness = new SpoolHarness("max-pending = 3");
        var storer = new Recorder();
        harness.Disk.Fault = (operation, _) =>
        {
            if (operation == DiskOperation.Sync)
            {
                blocked.Set();
                release.Wait(TestContext.Current.CancellationToken);
            }
            return null;
        };
        harness.Spool.Store(0, 1, 10, storer);
        blocked.Wait(TestContext.Current.CancellationToken);
        for (ulong id = 2; id <= 6; id++) harness.Spool.Store(0, id, 10, storer);
        Assert.Equal([5ul, 6ul], storer.Of<SpoolProtocol.NotStored>().Select(refused => refused.Id.Value));
        release.Set();
        await harness.Spool.FlushAsync();
        Assert.Equal([1ul, 2, 3, 4], storer.Of<SpoolProtocol.Stored>().Select(stored => stored.Envelope.Id.Value));
    }
}

using Mta.Queue;
using Mta.Tests.Bench;

namespace Mta.Tests.Queue;

/// <summary>A partition with more than it does in one step.</summary>
public sealed class LargeQueueTests
{
    private const int Many = 2500;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_concerns_many_messages_is_done_to_each()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"10m*\", ready-limit = 5000 }");
        await bench.AcceptMany(Many, i => $"r{i}@d{i % 5}.test");
        for (int i = 0; i < Many; i++) QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        Assert.Equal(Many, (await bench.Status()).Deferred);

        var listing = await bench.Queue.ListAsync(new(Domain: "D3.test"), 10, Cancel);
        Assert.Equal(Many / 5, listing.Total);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"r{i * 5 + 3}@d3.test"), listing.Entries.Select(e => e.Recipients[0].Address));
        Assert.Equal("r0@d0.test", (await bench.Queue.ListAsync(new(), 1, Cancel)).Entries[0].Recipients[0].Address);

        Assert.Equal(new(Many, Many), await bench.Queue.ChangeAsync(new(), QueueAction.Hold, Cancel));
        await bench.Restart();
        Assert.Equal((Many, Many), ((await bench.Status()).Held, (await bench.Status()).Messages));
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, (await bench.Status()).InFlight);

        Assert.Equal(new(Many / 5, Many / 5), await bench.Queue.ChangeAsync(new(Domain: "d1.test"), QueueAction.Release, Cancel));
        for (int i = 0; i < Many / 5; i++)
        {
            var job = await bench.NextJob();
            Assert.Equal("d1.test", job.Domain);
            QueueBench.Answer(job, "250 2.0.0 ok");
        }
        Assert.Equal(Many - Many / 5, (await bench.Queue.ChangeAsync(new(Sender: "alice@src.test"), QueueAction.Drop, Cancel)).Messages);
        var status = await bench.Status();
        Assert.Equal((0, 0, new Ledger(Many, Many / 5, 0, 0, Many - Many / 5)), (status.Messages, status.Held, status.Ledger));
        await bench.Restart(crash: true);
        Assert.Equal(status, await bench.Status());
    }

    [Fact]
    public async Task Slow_domains_do_not_use_up_what_there_is_for_all()
    {
        await using var bench = new QueueBench("mta.queue { ready-limit = 30, ready-total = 40 }");
        var jobs = new Dictionary<string, int>();
        await bench.AcceptMany(31, i => $"r{i}@slow.test");
        await bench.AcceptMany(31, i => $"r{i}@tarpit.test");
        await bench.Accept(["bob@quick.test"]);
        for (int i = 0; i < 30 + 20 + 1; i++)
        {
            string domain = (await bench.NextJob()).Domain;
            jobs[domain] = jobs.GetValueOrDefault(domain) + 1;
        }
        Assert.Equal((30, 20, 1), (jobs["slow.test"], jobs["tarpit.test"], jobs["quick.test"]));
        Assert.Equal(63, (await bench.Status()).InFlight);
        await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50), Cancel);
    }

    [Fact]
    public async Task What_is_bounced_or_held_while_it_is_next_in_line_is_not_sent()
    {
        await using var bench = new QueueBench("mta.queue.ready-limit = 1");
        await bench.Accept(["first@dst.test"]);
        var bounced = await bench.Accept(["bounced@dst.test"]);
        var held = await bench.Accept(["held@dst.test"]);
        var dropped = await bench.Accept(["dropped@dst.test"]);
        await bench.Accept(["last@dst.test"]);
        var first = await bench.NextJob();
        await bench.Queue.ChangeAsync(new(bounced), QueueAction.Bounce, Cancel);
        await bench.Queue.ChangeAsync(new(held), QueueAction.Hold, Cancel);
        await bench.Queue.ChangeAsync(new(dropped), QueueAction.Drop, Cancel);
        Assert.Equal("src.test", (await bench.NextJob()).Domain); // the notification
        QueueBench.Answer(first, "250 2.0.0 ok");
        Assert.Equal("last@dst.test", (await bench.NextJob()).Envelope.Recipients[0].Address);
        Assert.Equal(1, (await bench.Status()).Held);
    }

    [Fact]
    public async Task The_journal_stays_in_proportion_to_the_queue()
    {
        await using var bench = new QueueBench("mta.queue { compact-from = 60, retry = \"10m*\" }");
        await bench.Accept(["waits@slow.test"]);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        for (int i = 0; i < 40; i++)
        {
            await bench.Accept([$"r{i}@dst.test"]);
            QueueBench.Answer(await bench.NextJob(), "250 2.0.0 ok");
            await bench.Status();
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        await bench.Restart();
        Assert.InRange(bench.JournalRows(), 1, 10);
        var status = await bench.Status();
        Assert.Equal((1, new Ledger(41, 40, 0, 0, 0)), (status.Messages, status.Ledger));
    }
}

using Mta.Queue;
using Mta.Tests.Bench;

namespace Mta.Tests.Queue;

/// <summary>A domain that an operator has suspended: its mail waits, and goes when it is resumed.</summary>
public sealed class SuspensionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task Nothing(QueueBench bench)
    {
        await bench.Status();
        Assert.False(bench.Domains.HasMessages);
    }

    [Fact]
    public async Task Its_mail_is_taken_and_kept_also_over_a_restart_and_goes_at_the_end()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"10m*\" }");
        bench.Suspensions.Suspend("dst.test", TimeSpan.FromHours(1), "");
        await bench.Accept(["one@dst.test"]);
        await bench.Accept(["two@dst.test", "ann@other.test", "three@dst.test"]);
        var job = await bench.NextJob();
        Assert.Equal("other.test", job.Domain);
        QueueBench.Answer(job, "451 4.2.0 later");
        await Nothing(bench);
        await bench.Restart();
        await Nothing(bench);
        // what else the message has goes its own way meanwhile
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        job = await bench.NextJob();
        Assert.Equal("other.test", job.Domain);
        QueueBench.Answer(job, "250 2.0.0 ok");
        await Nothing(bench);
        Assert.Equal(new(2, 3), await bench.Queue.ChangeAsync(new(), QueueAction.Retry, Cancel));
        await Nothing(bench);
        bench.Clock.Advance(TimeSpan.FromMinutes(50));
        foreach (int recipients in new[] { 1, 2 })
        {
            job = await bench.NextJob();
            Assert.Equal(("dst.test", recipients), (job.Domain, job.Recipients.Length));
            QueueBench.Answer(job, "250 2.0.0 ok");
        }
        Assert.Equal(0, (await bench.Status()).Messages);
    }

    [Fact]
    public async Task It_does_not_expire_while_it_waits_for_that_alone()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"10m*\", expiry = 1d, delay-warning = 0s }");
        bench.Suspensions.Suspend("dst.test", null, "");
        await bench.Accept(["bob@dst.test"]);
        bench.Clock.Advance(TimeSpan.FromDays(3));
        await Nothing(bench);
        bench.Suspensions.Resume("dst.test");
        QueueBench.Answer(await bench.NextJob(), "250 2.0.0 ok");
        Assert.Equal(new Ledger(1, 1, 0, 0, 0), (await bench.Status()).Ledger);
    }

    [Fact]
    public async Task What_was_next_in_line_is_not_sent_and_none_is_forgotten()
    {
        const int Many = 1200; // more than one step
        await using var bench = new QueueBench("mta.queue { ready-limit = 1 }");
        await bench.AcceptMany(Many, i => $"r{i}@dst.test");
        var first = await bench.NextJob();
        bench.Suspensions.Suspend("dst.test", null, "");
        QueueBench.Answer(first, "250 2.0.0 ok");
        await bench.Kit.AwaitConditionAsync(async () => (await bench.Status()).InFlight == 0, TimeSpan.FromSeconds(20), cancellationToken: Cancel);
        await Nothing(bench);
        bench.Suspensions.Resume("dst.test");
        for (int i = 1; i < Many; i++) QueueBench.Answer(await bench.NextJob(), "250 2.0.0 ok");
        Assert.Equal((0, Many), ((await bench.Status()).Messages, (int)(await bench.Status()).Ledger.Delivered));
    }

    [Fact]
    public async Task A_returned_job_waits_like_the_others()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"]);
        var job = await bench.NextJob();
        bench.Suspensions.Suspend("dst.test", null, "");
        job.Queue.Tell(new QueueProtocol.Returned(job.Envelope.Id, job.Domain, job.Recipients), Akka.Actor.ActorRefs.NoSender);
        await Nothing(bench);
        Assert.Equal(0, (await bench.Status()).InFlight);
        bench.Suspensions.Resume("dst.test");
        Assert.Equal(1, (await bench.NextJob()).Attempt);
    }
}

using Mta.Mail;
using Mta.Queue;
using Mta.Tests.Bench;

namespace Mta.Tests.Queue;

/// <summary>Somebody sets the machine's clock: the timers go on, the time of day does not.</summary>
public sealed class ClockJumpTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_due_by_a_clock_that_was_set_forward_is_tried_within_a_minute()
    {
        await using var bench = new QueueBench("mta.queue.retry = \"4h*\"");
        var id = await bench.Accept(["bob@dst.test"]);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        await bench.Status();
        bench.Clock.AdjustTime(bench.Clock.GetUtcNow().AddHours(5));
        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var job = await bench.NextJob();
        Assert.Equal((id, 2), (job.Envelope.Id, job.Attempt));
        QueueBench.Answer(job, "250 2.0.0 ok");
    }

    [Fact]
    public async Task A_clock_that_was_set_back_stops_no_mail_and_loses_none()
    {
        await using var bench = new QueueBench("mta.queue.retry = \"1h*\"");
        var old = await bench.Accept(["bob@dst.test"]);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        await bench.Status();
        bench.Clock.AdjustTime(bench.Clock.GetUtcNow().AddDays(-3));

        var fresh = await bench.Accept(["carol@dst.test"]);
        var job = await bench.NextJob();
        Assert.Equal(fresh, job.Envelope.Id);
        QueueBench.Answer(job, "250 2.0.0 ok");

        // the operator need not wait for three days
        await bench.Queue.ChangeAsync(new(Recipient: "bob@dst.test"), QueueAction.Retry, Cancel);
        job = await bench.NextJob();
        Assert.Equal(old, job.Envelope.Id);
        QueueBench.Answer(job, "250 2.0.0 ok");
        Assert.Equal(new Ledger(2, 2, 0, 0, 0), (await bench.Status()).Ledger);
    }

    [Fact]
    public async Task A_restart_after_the_clock_was_set_back_gives_no_id_twice()
    {
        await using var bench = new QueueBench();
        var ids = new List<MessageId>();
        for (int start = 0; start < 3; start++)
        {
            ids.Add(await bench.Accept(["bob@dst.test"]));
            bench.Clock.AdjustTime(bench.Clock.GetUtcNow().AddDays(-1));
            await bench.Restart(crash: true);
        }
        Assert.Equal(ids.Order(), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(3, (await bench.Status()).Messages);
    }

    [Fact]
    public async Task A_timer_that_is_early_by_a_part_of_a_millisecond_forgets_nothing()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"1m*\", flush-interval = 1h }");
        bench.Clock.Advance(TimeSpan.FromMicroseconds(700));
        var id = await bench.Accept(["bob@dst.test"]);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        await bench.Status();
        bench.Clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMicroseconds(400));
        await bench.Status();
        bench.Clock.Advance(TimeSpan.FromMinutes(2));
        var job = await bench.NextJob();
        Assert.Equal(id, job.Envelope.Id);
        QueueBench.Answer(job, "250 2.0.0 ok");
    }
}

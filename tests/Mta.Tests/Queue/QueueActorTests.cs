using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue;
using Mta.Tests.Bench;

namespace Mta.Tests.Queue;

/// <summary>A partition over days, on a real spool and journal.</summary>
public sealed class QueueActorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_handed_out_once_for_each_domain_and_leaves_when_all_is_delivered()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["a@one.test", "b@two.test", "c@one.test"]);

        var jobs = new[] { await bench.NextJob(), await bench.NextJob() };
        Assert.Equal(["one.test", "two.test"], jobs.Select(j => j.Domain).Order());
        Assert.Equal([0, 2], jobs.Single(j => j.Domain == "one.test").Recipients);
        Assert.Equal("Subject: hello\r\n\r\nworld\r\n", QueueBench.Text(jobs[0]));
        foreach (var job in jobs) QueueBench.Answer(job, "250 2.0.0 ok");

        var status = await bench.Status();
        Assert.Equal(new Ledger(3, 3, 0, 0, 0), status.Ledger);
        Assert.Equal(0, status.Messages);
    }

    [Fact]
    public async Task A_deferred_recipient_is_tried_by_the_schedule_until_it_expires_and_the_sender_is_told()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"1m, 5m*2, 15m, 1h*3, 4h*\", expiry = 1d, delay-warning = 0s }");
        await bench.Accept(["bob@dst.test"]);
        var waits = new List<double>();
        var last = bench.Clock.GetUtcNow();
        while (true)
        {
            var job = await bench.NextJob();
            if (job.Envelope.IsNullSender)
            {
                string text = QueueBench.Text(job);
                Assert.Contains("Status: 5.4.7", text, StringComparison.Ordinal);
                Assert.Contains("Action: failed", text, StringComparison.Ordinal);
                QueueBench.Answer(job, "250 2.0.0 ok");
                break;
            }
            waits.Add((bench.Clock.GetUtcNow() - last).TotalMinutes);
            last = bench.Clock.GetUtcNow();
            Assert.Equal(waits.Count, job.Attempt);
            QueueBench.Answer(job, "451 4.2.0 greylisted");
            var entry = Assert.Single((await bench.Queue.ListAsync(new(Recipient: "BOB@dst.test"), 10, Cancel)).Entries);
            if (entry.Recipients[0].Due is { } due) bench.Clock.SetUtcNow(due);
        }
        Assert.Equal([0, 1, 5, 5, 15, 60, 60, 60, 240, 240, 240, 240, 240, 34], waits);
        var status = await bench.Status();
        Assert.Equal(new Ledger(2, 1, 0, 1, 0), status.Ledger);
    }

    [Fact]
    public async Task A_failed_recipient_bounces_to_the_sender_with_the_reason_and_the_message()
    {
        await using var bench = new QueueBench();
        var id = await bench.Accept(["bob@dst.test", "eve@dst.test"], mail: new() { EnvelopeId = "QQ+2B1" });
        var job = await bench.NextJob();
        QueueBench.Answer(job, [0], "550 5.1.1 no such user");
        QueueBench.Answer(job, [1], "250 2.0.0 ok");

        var bounce = await bench.NextJob();
        Assert.True(bounce.Envelope.IsNullSender);
        Assert.Equal("alice@src.test", Assert.Single(bounce.Envelope.Recipients).Address);
        string text = QueueBench.Text(bounce);
        Assert.Contains("Content-Type: multipart/report; report-type=delivery-status;", text, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822; bob@dst.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain("eve@dst.test", text, StringComparison.Ordinal);
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 no such user", text, StringComparison.Ordinal);
        Assert.Contains("Status: 5.1.1", text, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: QQ+1", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/rfc822", text, StringComparison.Ordinal);
        Assert.Contains("Subject: hello\r\n\r\nworld\r\n", text, StringComparison.Ordinal);
        Assert.NotEqual(id, bounce.Envelope.Id);
        QueueBench.Answer(bounce, "250 2.0.0 ok");
        Assert.Equal(new Ledger(3, 2, 1, 0, 0), (await bench.Status()).Ledger);
    }

    [Fact]
    public async Task A_bounce_that_fails_is_not_bounced()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"], sender: "");
        QueueBench.Answer(await bench.NextJob(), "550 5.1.1 no such user");
        var status = await bench.Status();
        Assert.Equal(new Ledger(1, 0, 1, 0, 0), status.Ledger);
        await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Cancel);
    }

    [Theory]
    [InlineData(DsnNotify.Never, "550 5.1.1 no", null)]
    [InlineData(DsnNotify.Success, "550 5.1.1 no", null)]
    [InlineData(DsnNotify.Failure, "550 5.1.1 no", "failed")]
    [InlineData(DsnNotify.Success, "250 2.1.5 ok", "relayed")]
    [InlineData(DsnNotify.Failure, "250 2.1.5 ok", null)]
    [InlineData(DsnNotify.Unspecified, "250 2.1.5 ok", null)]
    public async Task Notify_is_obeyed(DsnNotify notify, string reply, string? action)
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"], rcpt: new(notify, "rfc822;robert+2Bx@dst.test"));
        QueueBench.Answer(await bench.NextJob(), reply);
        await bench.Status();
        if (action is null)
        {
            await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Cancel);
            return;
        }
        var dsn = await bench.NextJob();
        string text = QueueBench.Text(dsn);
        Assert.Contains($"Action: {action}", text, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822; robert+x@dst.test", text, StringComparison.Ordinal);
        QueueBench.Answer(dsn, "250 2.0.0 ok");
    }

    [Fact]
    public async Task A_next_hop_that_speaks_dsn_confirms_by_itself()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"], rcpt: new(DsnNotify.Success, null));
        QueueBench.Answer(await bench.NextJob(), "250 2.1.5 ok", remoteSendsDsn: true);
        Assert.Equal(0, (await bench.Status()).Messages);
        await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Cancel);
    }

    [Fact]
    public async Task Ret_hdrs_returns_the_header_alone()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"], mail: new() { Return = DsnReturn.Headers });
        QueueBench.Answer(await bench.NextJob(), "550 5.1.1 no such user");
        var bounce = await bench.NextJob();
        string text = QueueBench.Text(bounce);
        Assert.Contains("Content-Type: text/rfc822-headers", text, StringComparison.Ordinal);
        Assert.Contains("Subject: hello\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("world", text, StringComparison.Ordinal);
        QueueBench.Answer(bounce, "250 2.0.0 ok");
    }

    [Fact]
    public async Task A_late_message_is_told_of_once()
    {
        await using var bench = new QueueBench("mta.queue { retry = \"3h*\", delay-warning = 4h }");
        await bench.Accept(["bob@dst.test"]);
        int warnings = 0, attempts = 0;
        while (attempts < 4 || warnings == 0)
        {
            var job = await bench.NextJob();
            if (job.Envelope.IsNullSender)
            {
                warnings++;
                Assert.Contains("Action: delayed", QueueBench.Text(job), StringComparison.Ordinal);
                Assert.Contains("Will-Retry-Until: Sat, 28 Nov 2026 12:00:00 +0000", QueueBench.Text(job), StringComparison.Ordinal);
                QueueBench.Answer(job, "250 2.0.0 ok");
                continue;
            }
            attempts++;
            QueueBench.Answer(job, "451 4.2.0 busy");
            await bench.Status();
            bench.Clock.Advance(TimeSpan.FromHours(3));
        }
        while (attempts++ < 6)
        {
            var job = await bench.NextJob();
            Assert.False(job.Envelope.IsNullSender, "told twice");
            QueueBench.Answer(job, "451 4.2.0 busy");
            await bench.Status();
            bench.Clock.Advance(TimeSpan.FromHours(3));
        }
        Assert.Equal(1, warnings);
    }

    [Fact]
    public async Task A_utf8_address_is_reported_as_rfc_6533_has_it()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bjørn@dst.test"], sender: "käthe@src.test", mail: new() { SmtpUtf8 = true });
        QueueBench.Answer(await bench.NextJob(), "550 5.1.1 no such user");
        var bounce = await bench.NextJob();
        string text = QueueBench.Text(bounce);
        Assert.Contains("report-type=global-delivery-status", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global-delivery-status", text, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: utf-8; bjørn@dst.test", text, StringComparison.Ordinal);
        Assert.True(bounce.Envelope.Parameters.SmtpUtf8);
        Assert.True(bounce.Envelope.IsEightBit);
        QueueBench.Answer(bounce, "250 2.0.0 ok");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_restart_goes_on_where_it_stopped(bool crash)
    {
        await using var bench = new QueueBench("mta.queue.retry = \"10m*\"");
        await bench.Accept(["a@one.test", "b@two.test"]);
        var one = await bench.NextJob();
        var two = await bench.NextJob();
        QueueBench.Answer(one, "250 2.0.0 ok");
        QueueBench.Answer(two, "451 4.2.0 later");
        Assert.Equal(1, (await bench.Status()).Deferred);
        await bench.Spool.FlushAsync();

        await bench.Restart(crash);

        Assert.Equal(new Ledger(2, 1, 0, 0, 0), (await bench.Status()).Ledger);
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        var again = await bench.NextJob();
        Assert.Equal(two.Domain, again.Domain);
        QueueBench.Answer(again, "250 2.0.0 ok");
        Assert.Equal(new Ledger(2, 2, 0, 0, 0), (await bench.Status()).Ledger);
    }

    [Fact]
    public async Task A_journal_that_is_written_anew_all_the_time_loses_nothing()
    {
        await using var bench = new QueueBench("mta.queue { compact-from = 1, retry = \"10m*\" }");
        for (int i = 0; i < 12; i++)
        {
            await bench.Accept([$"r{i}@dst.test"]);
            QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
            await bench.Status();
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            if (i % 4 == 3) await bench.Restart(crash: i % 8 == 3);
        }
        var status = await bench.Status();
        Assert.Equal(12, status.Messages);
        Assert.Equal(12, status.Ledger.Accepted);
        bench.Clock.Advance(TimeSpan.FromMinutes(11));
        for (int i = 0; i < 12; i++) QueueBench.Answer(await bench.NextJob(), "250 2.0.0 ok");
        Assert.Equal(12, (await bench.Status()).Ledger.Delivered);
    }

    [Fact]
    public async Task What_is_returned_is_tried_again_without_counting()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"]);
        var job = await bench.NextJob();
        job.Queue.Tell(new QueueProtocol.Returned(job.Envelope.Id, job.Domain, job.Recipients), Akka.Actor.ActorRefs.NoSender);
        var again = await bench.NextJob();
        Assert.Equal(1, again.Attempt);
        QueueBench.Answer(again, "250 2.0.0 ok");
    }

    [Fact]
    public async Task Only_so_much_is_handed_out_and_priority_goes_first()
    {
        await using var bench = new QueueBench("mta.queue.ready-limit = 1");
        await bench.Accept(["first@dst.test"]);
        await bench.Accept(["slow@dst.test"], mail: new() { Priority = -3 });
        await bench.Accept(["fast@dst.test"], mail: new() { Priority = 4 });
        var seen = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            var job = await bench.NextJob();
            await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50), Cancel);
            seen.Add(job.Envelope.Recipients[0].Address);
            QueueBench.Answer(job, "250 2.0.0 ok");
        }
        Assert.Equal(["first@dst.test", "fast@dst.test", "slow@dst.test"], seen);
    }

    [Fact]
    public async Task The_operator_holds_releases_bounces_and_drops()
    {
        await using var bench = new QueueBench("mta.queue.retry = \"10m*\"");
        var held = await bench.Accept(["held@dst.test"]);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        Assert.Equal(1, (await bench.Queue.ChangeAsync(new(held), QueueAction.Hold, Cancel)).Messages);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await bench.Status()).Held);
        await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Cancel);
        await bench.Queue.ChangeAsync(new(held), QueueAction.Release, Cancel);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");

        await bench.Queue.ChangeAsync(new(Domain: "dst.test"), QueueAction.Retry, Cancel);
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");

        await bench.Queue.ChangeAsync(new(Sender: "alice@src.test"), QueueAction.Bounce, Cancel);
        var bounce = await bench.NextJob();
        Assert.Contains("5.7.0 returned by the postmaster", QueueBench.Text(bounce), StringComparison.Ordinal);
        QueueBench.Answer(bounce, "451 4.2.0 later");
        await bench.Status();
        await bench.Queue.ChangeAsync(new(Sender: "<>"), QueueAction.Drop, Cancel);
        Assert.Equal(new Ledger(2, 0, 1, 0, 1), (await bench.Status()).Ledger);
    }

    [Fact]
    public async Task Deliver_by_returns_a_message_that_is_too_late()
    {
        await using var bench = new QueueBench("mta.queue.retry = \"1h*\"");
        await bench.Accept(["bob@dst.test"], mail: new() { DeliverBy = new(600, Return: true, Trace: false) });
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        await bench.Status();
        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        QueueBench.Answer(await bench.NextJob(), "451 4.2.0 later");
        var bounce = await bench.NextJob();
        Assert.Contains("Status: 5.4.7", QueueBench.Text(bounce), StringComparison.Ordinal);
        QueueBench.Answer(bounce, "250 2.0.0 ok");
    }

    [Fact]
    public async Task Deliver_by_with_trace_tells_where_the_trace_ends()
    {
        await using var bench = new QueueBench();
        await bench.Accept(["bob@dst.test"], mail: new() { DeliverBy = new(600, Return: false, Trace: true) });
        QueueBench.Answer(await bench.NextJob(), "250 2.1.5 ok");
        var dsn = await bench.NextJob();
        Assert.Contains("Action: relayed", QueueBench.Text(dsn), StringComparison.Ordinal);
        QueueBench.Answer(dsn, "250 2.0.0 ok");
    }

    [Fact]
    public async Task A_message_held_for_the_future_waits()
    {
        await using var bench = new QueueBench();
        // FUTURERELEASE as the session hands it over
        await bench.Accept(["b@dst.test"], notBefore: bench.Clock.GetUtcNow().AddHours(2));
        await bench.Status();
        await bench.Domains.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100), Cancel);
        bench.Clock.Advance(TimeSpan.FromHours(2));
        QueueBench.Answer(await bench.NextJob(), "250 2.0.0 ok");
    }
}

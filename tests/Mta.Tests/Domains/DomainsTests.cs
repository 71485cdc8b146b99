using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Dns;
using Mta.Domains;
using Mta.Mail;
using Mta.Queue;
using Mta.Tests.Bench;
using Mta.Tests.Delivery;

namespace Mta.Tests.Domains;

public sealed class DomainsTests : DeliveryBench
{
    [Fact]
    public async Task What_the_DNS_says_decides()
    {
        var domains = Start();
        Mx.Answers["null.example"] = new MxResult.NullMx();
        Mx.Answers["loop.example"] = new MxResult.Loop("we are its best MX");
        Mx.Answers["down.example"] = new MxResult.TemporaryFailure("SERVFAIL");
        foreach (var (domain, expected) in ((string, string)[])
            [("null.example", "Failed 556 5.1.10"), ("none.example", "Failed 550 5.1.2"), ("loop.example", "Failed 550 5.4.6"), ("down.example", "Deferred 451 4.4.3")])
        {
            var job = Job($"a@{domain},b@{domain}");
            domains.Tell(new DomainProtocol.Deliver(job));
            foreach (var (_, result) in await Outcomes([job], 2))
                Assert.Equal(expected, $"{result.GetType().Name} {result.Reply.Code} {result.Reply.Enhanced}");
        }
        NothingWasLost();
    }

    [Fact]
    public async Task Domains_with_the_same_hosts_share_their_connections()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start($"delivery {{ port = {server.EndPoint.Port}, initial-concurrency = 1, concurrency = 1 }}");
        Mx.Set("b.example", ("mx.example", 10, "127.0.0.1"));
        Mx.Set("c.example", ("mx.example", 10, "127.0.0.1"));
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 20).Select(i => Job(i % 2 == 0 ? "a@b.example" : "a@c.example"))];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes(jobs, 20), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        Assert.Equal((1, 2), (server.Accepted, Mx.Lookups));
        NothingWasLost();
    }

    [Fact]
    public async Task What_waits_for_a_suspended_domain_comes_back_and_what_is_under_way_ends()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer { BeforeAccepting = () => gate.Task };
        using var suspensions = Suspensions = DomainSuspensions.Open(Path.Combine(Folder, "suspended.json"), TimeProvider.System, Logged);
        var domains = Start($"delivery {{ port = {server.EndPoint.Port}, initial-concurrency = 1, concurrency = 1 }}");
        Mx.Set("b.example", ("mx.example", 10, "127.0.0.1"));
        Mx.Set("c.example", ("mx.example", 10, "127.0.0.1"));
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 10).Select(_ => Job("a@b.example"))];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        await AwaitAssertAsync(async () => Assert.Equal(1, (await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel)).InFlight),
            TimeSpan.FromSeconds(20), cancellationToken: Cancel);
        suspensions.Suspend("b.example", null, "they are moving");
        domains.Tell(new DomainProtocol.Suspended("b.example"));
        // one that was sent before the partition knew
        var late = Job("a@b.example");
        domains.Tell(new DomainProtocol.Deliver(late));
        var other = Job("a@c.example");
        domains.Tell(new DomainProtocol.Deliver(other));
        var returned = new HashSet<MessageId>();
        for (int i = 0; i < jobs.Count; i++) returned.Add((await ExpectMsgAsync<QueueProtocol.Returned>(TimeSpan.FromSeconds(20), cancellationToken: Cancel)).Id);
        Assert.Equal([.. jobs.Skip(1).Append(late).Select(j => j.Envelope.Id)], returned);
        gate.SetResult();
        Assert.All(await Outcomes([jobs[0], other], 2), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));

        suspensions.Resume("b.example");
        domains.Tell(new DomainProtocol.Deliver(late));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(late));
        var status = await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel);
        Assert.Equal(("10 mx.example:" + server.EndPoint.Port, 1), (status.Site, Assert.Single(status.Hosts).Connections));
        NothingWasLost();
    }

    [Fact]
    public async Task The_window_grows_with_success_and_keeps_its_limit()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 2, concurrency = 6 }");
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 300).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        await Outcomes(jobs, jobs.Count);
        Assert.Equal(6, server.MostOpen);
        Assert.Equal(6, server.Accepted);
        var status = await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel);
        Assert.Equal((0, 0, 6.0), (status.Ready, status.InFlight, status.Window));
        NothingWasLost();
    }

    [Fact]
    public async Task Connections_start_with_the_initial_window()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer { BeforeAccepting = () => gate.Task };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 3, concurrency = 6 }");
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 20).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        await Until(() => server.Open == 3);
        var status = await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel);
        Assert.Equal(3, status.Connections);
        Assert.Equal(20, status.Ready + status.InFlight);
        gate.SetResult();
        await Outcomes(jobs, jobs.Count);
        NothingWasLost();
    }

    [Fact]
    public async Task A_dead_host_does_not_stop_the_others()
    {
        await using var server = new ScriptedSmtpServer(address: "127.0.0.2");
        var domains = Start($"delivery {{ port = {server.EndPoint.Port} }}");
        // nobody listens at 127.0.0.3, and it is preferred
        Mx.Set("b.example", ("mx1.example", 10, "127.0.0.3"), ("mx2.example", 20, "127.0.0.2"));
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 30).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes(jobs, 30), o => Assert.StartsWith("mx2.example [127.0.0.2]", Assert.IsType<DeliveryResult.Delivered>(o.Result).Host, StringComparison.Ordinal));
        NothingWasLost();
    }

    [Fact]
    public async Task A_dead_site_defers_with_the_true_reason_and_recovers()
    {
        int port;
        await using (var gone = new ScriptedSmtpServer()) port = gone.EndPoint.Port;
        var domains = Start($"delivery {{ port = {port}, back-off {{ min = 1h, max = 1h }} }}");
        Mx.Set("b.example", ("mx.example", 10, "127.0.0.1"));
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 10).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        foreach (var (_, result) in await Outcomes(jobs, 10))
        {
            Assert.Equal("4.4.1", Assert.IsType<DeliveryResult.Deferred>(result).Reply.Enhanced.ToString());
            Assert.Contains("connection refused", result.Reply.Text, StringComparison.Ordinal);
            Assert.Equal($"mx.example [127.0.0.1]:{port}", result.Host);
        }
        var status = await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel);
        Assert.NotNull(status.BackOffUntil);
        Assert.Contains("connection refused", status.LastError, StringComparison.Ordinal);
        Assert.StartsWith("backing off until", status.State, StringComparison.Ordinal);

        // while it backs off, nobody knocks
        await using var server = new ScriptedSmtpServer(port: port);
        var during = Job();
        domains.Tell(new DomainProtocol.Deliver(during));
        Assert.IsType<DeliveryResult.Deferred>(await Outcome(during));
        Assert.Equal(0, server.Accepted);

        domains.Tell(new DomainProtocol.Refresh("b.example"));
        var after = Job();
        domains.Tell(new DomainProtocol.Deliver(after));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(after));
        NothingWasLost();
    }

    [Fact]
    public async Task A_probe_brings_the_site_back_when_the_back_off_ends()
    {
        int turnedAway = 0;
        await using var server = new ScriptedSmtpServer { Reply = line => line.Length == 0 && Interlocked.Increment(ref turnedAway) <= 1 ? "421 4.3.2 not now" : null };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 1, back-off { min = 1ms, max = 1ms } }");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Deferred>(await Outcome(job));
        do domains.Tell(new DomainProtocol.Deliver(job));
        while (await Outcome(job) is not DeliveryResult.Delivered);
        Assert.Equal(2, server.Accepted);
        NothingWasLost();
    }

    [Theory]
    [InlineData("421 4.3.2 too busy", "421 4.3.2 too busy")]
    [InlineData("554 5.7.1 go away", "554 5.7.1 go away")]
    [InlineData("close", "451 4.4.2")]
    // seen while it connects, or just after
    [InlineData("reset", "451 4.4.")]
    [InlineData("HTTP/1.1 400 Bad Request", "451 4.5.0")]
    public async Task A_bad_greeting_is_the_hosts_failure(string greeting, string expected)
    {
        await using var server = new ScriptedSmtpServer { Reply = line => line.Length == 0 ? greeting : null };
        var domains = Start(Route(server) + "\n delivery.initial-concurrency = 1");
        List<DeliveryJob> jobs = [Job(), Job(), Job()];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        foreach (var (_, result) in await Outcomes(jobs, 3))
            Assert.StartsWith(expected, Assert.IsType<DeliveryResult.Deferred>(result).Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, server.Accepted);
        NothingWasLost();
    }

    [Fact]
    public async Task An_idle_domain_and_its_site_leave_and_come_back()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start($"delivery {{ port = {server.EndPoint.Port}, domain-idle-timeout = 50ms, idle-timeout = 50ms }}");
        Mx.Set("b.example", ("mx.example", 10, "127.0.0.1"));
        for (int round = 1; round <= 3; round++)
        {
            List<DeliveryJob> jobs = [Job(), Job()];
            foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
            Assert.All(await Outcomes(jobs, 2), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
            await AwaitAssertAsync(async () => Assert.Null((await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel)).Site), TimeSpan.FromSeconds(20), cancellationToken: Cancel);
            Assert.Equal(round, Mx.Lookups);
        }
        await Until(() => server.Open == 0);
        NothingWasLost();
    }

    [Fact]
    public async Task No_job_is_lost_while_domains_come_and_go()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start($"delivery {{ port = {server.EndPoint.Port}, domain-idle-timeout = 1ms, idle-timeout = 1ms }}");
        for (int i = 0; i < 20; i++) Mx.Set($"d{i}.example", ($"mx{i % 3}.example", 10, "127.0.0.1"));
        for (int round = 0; round < 30; round++)
        {
            List<DeliveryJob> jobs = [.. Enumerable.Range(0, 20).Select(i => Job($"a@d{(i * 7 + round) % 20}.example"))];
            foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
            Assert.All(await Outcomes(jobs, 20), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        }
        NothingWasLost();
    }

    [Fact]
    public async Task A_drain_finishes_what_is_under_way_and_returns_the_rest()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer { BeforeAccepting = () => gate.Task };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 2, concurrency = 2 }");
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 10).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        await Until(() => server.Open == 2);
        var asker = CreateTestProbe();
        await AwaitAssertAsync(async () => Assert.Equal(2, (await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel)).InFlight), cancellationToken: Cancel);
        domains.Tell(new DomainProtocol.Drain(TimeSpan.FromMinutes(1)), asker.Ref);
        for (int i = 0; i < 8; i++) await ExpectMsgAsync<QueueProtocol.Returned>(cancellationToken: Cancel);
        var late = Job();
        domains.Tell(new DomainProtocol.Deliver(late));
        Assert.Equal(late.Envelope.Id, (await ExpectMsgAsync<QueueProtocol.Returned>(cancellationToken: Cancel)).Id);
        gate.SetResult();
        Assert.All(await Outcomes(jobs, 2), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        await asker.ExpectMsgAsync<DomainProtocol.Drained>(cancellationToken: Cancel);
        await Until(() => server.Open == 0);
        NothingWasLost();
    }

    [Fact]
    public async Task A_drain_gives_up_what_does_not_finish()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer { BeforeAccepting = () => gate.Task };
        var domains = Start(Route(server));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        await AwaitAssertAsync(async () => Assert.Equal(1, (await domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel)).InFlight), cancellationToken: Cancel);
        var asker = CreateTestProbe();
        domains.Tell(new DomainProtocol.Drain(TimeSpan.FromMilliseconds(10)), asker.Ref);
        Assert.Equal("4.4.2", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        await asker.ExpectMsgAsync<DomainProtocol.Drained>(cancellationToken: Cancel);
        gate.SetResult();
        NothingWasLost();
    }

    [Fact]
    public async Task More_jobs_than_may_wait_are_deferred()
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer { BeforeAccepting = () => gate.Task };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 1, concurrency = 1, waiting-limit = 5 }");
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 20).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        var deferred = await Outcomes(jobs, 14);
        Assert.All(deferred, o => Assert.Equal("4.3.1", Assert.IsType<DeliveryResult.Deferred>(o.Result).Reply.Enhanced.ToString()));
        gate.SetResult();
        await Until(() => Ask(domains).Result is { Ready: 0, InFlight: 0 });
        NothingWasLost();

        Task<DomainStatus> Ask(IActorRef domains) => domains.Ask<DomainStatus>(new DomainProtocol.Describe("b.example"), Cancel);
    }

    [Fact]
    public async Task A_crashed_connection_frees_its_place_in_the_window()
    {
        int started = 0;
        var domains = Start("""
            delivery { initial-concurrency = 1, concurrency = 1 }
            relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:1", "127.0.0.1:2"] } ]
            """, target => Interlocked.Increment(ref started) <= 1 ? Props.Create<Crashing>(1) : Props.Create<Delivering>());
        List<DeliveryJob> jobs = [Job(), Job()];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        await ExpectMsgAsync<DeliveryJob>(cancellationToken: Cancel);
        await ExpectMsgAsync<DeliveryJob>(cancellationToken: Cancel);
        Assert.Equal(2, started);
    }

    [Fact]
    public async Task Connections_that_always_crash_are_not_made_again_and_again()
    {
        int started = 0;
        var domains = Start("""
            delivery { initial-concurrency = 1, concurrency = 1 }
            relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:1"] } ]
            """, target => Props.Create<Crashing>(Interlocked.Increment(ref started)));
        List<DeliveryJob> jobs = [Job(), Job()];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes(jobs, 2), o => Assert.IsType<DeliveryResult.Deferred>(o.Result));
        Assert.Equal(1, started);
    }

    [Fact]
    public async Task A_rate_spreads_the_messages()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server, ", rate = \"20/s\""));
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 30).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes(jobs, 30), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        NothingWasLost();
    }

    [Fact]
    public async Task New_routes_hold_for_the_next_job()
    {
        await using ScriptedSmtpServer first = new(), second = new();
        var domains = Start(Route(first));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        await Outcome(job);
        Routes.Value = Read(Route(second)).Item2;
        domains.Tell(new DomainProtocol.Deliver(job = Job()));
        await Outcome(job);
        Assert.Equal((1, 1), (first.Accepted, second.Accepted));
        NothingWasLost();
    }

    [Fact]
    public async Task Each_attempt_at_a_recipient_is_one_line_in_the_log()
    {
        await using var server = new ScriptedSmtpServer { Reply = line => line.Contains("no@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : null };
        var domains = Start(Route(server));
        var job = Job("yes@b.example,no@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        await Outcomes([job], 2);
        string[] lines = [.. Logged.Of(LogLevel.Information).Order()];
        Assert.Equal(2, lines.Length);
        Assert.All(lines, l => Assert.StartsWith($"attempt id={job.Envelope.Id} to=<", l, StringComparison.Ordinal));
        Assert.Contains("to=<no@b.example>", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("status=failed reply=\"550 5.1.1 unknown\"", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("tls=none status=delivered reply=\"250 2.0.0 queued\"", lines[1], StringComparison.Ordinal);
        NothingWasLost();
    }

    private sealed class Crashing(int number = 0) : UntypedActor
    {
        protected override void PreStart() => Self.Tell("crash");

        protected override void OnReceive(object message) => throw new InvalidOperationException($"on purpose {number}");
    }

    private sealed class Delivering : UntypedActor
    {
        private int _jobs;

        protected override void PreStart() => Context.Parent.Tell(new Mta.Delivery.DeliveryProtocol.Free(0));

        protected override void OnReceive(object message)
        {
            if (message is not Mta.Delivery.DeliveryProtocol.Carry carry) return;
            carry.Job.Queue.Tell(carry.Job);
            Context.Parent.Tell(new Mta.Delivery.DeliveryProtocol.Free(++_jobs));
        }
    }
}

using System.Text;
using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Domains;
using Mta.Mail;
using Mta.Spool;
using Mta.Tests.Bench;
using Mta.Tests.Spool;

namespace Mta.Tests.Delivery;

public sealed class SmtpDeliveryTests : DeliveryBench
{
    [Fact]
    public async Task Delivers_over_a_real_socket()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        var delivered = Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        Assert.Equal("250 2.0.0 queued", delivered.Reply.ToString());
        Assert.Equal($"127.0.0.1 [127.0.0.1]:{server.EndPoint.Port}", delivered.Host);
        var message = await server.NextAsync();
        Assert.Equal("Subject: x\r\n\r\n.hi\r\n", message.Text);
        Assert.Equal(["RCPT TO:<to@b.example>"], message.Rcpts);
        NothingWasLost();
    }

    [Theory]
    [InlineData("PIPELINING,CHUNKING")]
    [InlineData("PIPELINING")]
    [InlineData("CHUNKING")]
    [InlineData("")]
    public async Task Brings_any_body_intact(string capabilities)
    {
        await using var server = new ScriptedSmtpServer { Capabilities = capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        var domains = Start(Route(server));
        foreach (int lines in (int[])[0, 1, 1000, 70_000])
        {
            string body = string.Concat(Enumerable.Range(0, lines).Select(i => $".line {i}\r\n"));
            var job = Job(body: body);
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
            Assert.Equal(body, (await server.NextAsync()).Text);
        }
        Assert.Equal(1, server.Accepted);
        NothingWasLost();
    }

    [Fact]
    public async Task Never_sends_a_bare_line_end()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server));
        foreach (string body in (string[])["a\n.\nMAIL FROM:<x>\r\n", new string('x', 200_000) + "\r.\r\n"])
        {
            var job = Job(body: body);
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.Equal("5.6.1", Assert.IsType<DeliveryResult.Failed>(await Outcome(job)).Reply.Enhanced.ToString());
        }
        Assert.False(server.TryNext(out _));
        NothingWasLost();
    }

    [Fact]
    public async Task Each_recipient_gets_its_own_answer()
    {
        await using var server = new ScriptedSmtpServer
        {
            Reply = line => line.Contains("no@", StringComparison.Ordinal) ? "550 5.1.1 unknown" : line.Contains("later@", StringComparison.Ordinal) ? "450 4.2.1 busy" : null,
        };
        var domains = Start(Route(server));
        var job = Job("yes@b.example,no@b.example,later@b.example,si@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        var outcomes = (await Outcomes([job], 4)).ToDictionary(o => o.Address, o => o.Result);
        Assert.IsType<DeliveryResult.Delivered>(outcomes["yes@b.example"]);
        Assert.IsType<DeliveryResult.Delivered>(outcomes["si@b.example"]);
        Assert.Equal("550 5.1.1 unknown", Assert.IsType<DeliveryResult.Failed>(outcomes["no@b.example"]).Reply.ToString());
        Assert.Equal("450 4.2.1 busy", Assert.IsType<DeliveryResult.Deferred>(outcomes["later@b.example"]).Reply.ToString());
        NothingWasLost();
    }

    [Fact]
    public async Task Cuts_a_job_into_transactions()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING", "LIMITS RCPTMAX=3"] };
        var domains = Start(Route(server) + "\n delivery.recipients-per-transaction = 5");
        var job = Job(string.Join(',', Enumerable.Range(0, 10).Select(i => $"r{i}@b.example")));
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes([job], 10), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        var sizes = new List<int>();
        for (int i = 0; i < 4; i++) sizes.Add((await server.NextAsync()).Rcpts.Length);
        Assert.Equal([3, 3, 3, 1], sizes);
        NothingWasLost();
    }

    [Fact]
    public async Task Recipients_that_were_too_many_go_next()
    {
        int count = 0;
        await using var server = new ScriptedSmtpServer
        {
            Reply = line => line.StartsWith("MAIL", StringComparison.Ordinal) && Interlocked.Exchange(ref count, 0) >= 0 ? null
                : line.StartsWith("RCPT", StringComparison.Ordinal) && Interlocked.Increment(ref count) > 2 ? "452 4.5.3 too many" : null,
        };
        var domains = Start(Route(server));
        var job = Job("a@b.example,b@b.example,c@b.example,d@b.example,e@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes([job], 5), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        NothingWasLost();
    }

    [Fact]
    public async Task A_reused_connection_that_turns_out_to_be_closed_costs_no_attempt()
    {
        int mails = 0;
        await using var server = new ScriptedSmtpServer
        {
            Reply = line => line.StartsWith("MAIL", StringComparison.Ordinal) && Interlocked.Increment(ref mails) == 2 ? "close" : null,
        };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 1, concurrency = 1, idle-timeout = 1m }");
        for (int i = 0; i < 3; i++)
        {
            var job = Job();
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        }
        Assert.Equal(2, server.Accepted);
        NothingWasLost();
    }

    [Fact]
    public async Task A_server_that_is_restarted_between_messages_costs_no_attempt()
    {
        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server) + "\n delivery.idle-timeout = 1m");
        for (int i = 0; i < 5; i++)
        {
            var job = Job();
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
            server.CloseAll();
        }
        NothingWasLost();
    }

    public static TheoryData<string, string> Stages()
    {
        var data = new TheoryData<string, string>();
        foreach (string verb in (string[])["EHLO", "MAIL", "RCPT", "DATA", "."])
            foreach (string reply in (string[])["421 4.3.2 going down", "close", "reset", "nonsense", "350 what", "450 4.2.0 later"])
                data.Add(verb, reply);
        return data;
    }

    [Theory, MemberData(nameof(Stages))]
    public async Task Whatever_happens_at_any_stage_defers_once(string verb, string reply)
    {
        await using var server = new ScriptedSmtpServer { Reply = line => line.StartsWith(verb, StringComparison.Ordinal) ? reply : null };
        var domains = Start(Route(server));
        var job = Job("a@b.example,c@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        if (verb == "DATA" && reply[0] == '3')
        {
            // any 3yz asks for the message (RFC 5321 §4.2.1)
            Assert.All(await Outcomes([job], 2), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
            return;
        }
        Assert.All(await Outcomes([job], 2), o => Assert.IsType<DeliveryResult.Deferred>(o.Result));
        NothingWasLost();
    }

    [Theory]
    [InlineData("250-x\r\n")]
    [InlineData("\u0001\u0002\u0003")]
    [InlineData("250 x")]
    public async Task A_reply_without_end_is_ended_by_us(string piece)
    {
        bool wasLeft = false;
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            try
            {
                while (true) await peer.WriteAsync(string.Concat(Enumerable.Repeat(piece, 1000)));
            }
            finally
            {
                wasLeft = true;
            }
        });
        var domains = Start(Route(server) + "\n delivery.initial-concurrency = 1");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal("4.5.0", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        await Until(() => wasLeft);
        NothingWasLost();
    }

    [Theory]
    [InlineData("greeting", "waiting for the greeting")]
    [InlineData("hello", "waiting for the reply to EHLO")]
    public async Task A_silent_server_is_given_up(string timeout, string doing)
    {
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            if (timeout != "greeting") await peer.WriteAsync("220 hi\r\n");
            while (await peer.ReadLineAsync() is not null) ;
        });
        var domains = Start(Route(server) + $"\n delivery.timeouts.{timeout} = 10ms");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        var reply = Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply;
        Assert.EndsWith($"{doing}: timed out", reply.Text, StringComparison.Ordinal);
        NothingWasLost();
    }

    [Fact]
    public async Task A_server_that_does_not_read_a_long_message_is_given_up()
    {
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            await peer.WriteAsync("220 hi\r\n");
            for (int i = 0; i < 4; i++)
            {
                await peer.ReadLineAsync();
                await peer.WriteAsync(i == 3 ? "354 go\r\n" : "250 ok\r\n");
            }
            await new TaskCompletionSource().Task.WaitAsync(Cancel);
        });
        var domains = Start(Route(server) + "\n delivery.timeouts.body = 10ms");
        var job = Job(body: string.Concat(Enumerable.Repeat("a line\r\n", 3_000_000)));
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.EndsWith("sending the message: timed out", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Text, StringComparison.Ordinal);
        NothingWasLost();
    }

    [Theory]
    [InlineData("220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n", "4.5.0")]
    [InlineData("220 hi\r\n250 hi\r\n421 4.3.2 no\r\n", "4.3.2")]
    [InlineData("220 hi\r\n250 hi\r\n", "4.4.2")]
    public async Task A_server_that_speaks_before_it_is_asked_and_leaves_is_not_called_again_at_once(string says, string code)
    {
        await using var server = new ScriptedSmtpServer(async peer =>
        {
            await peer.WriteAsync(says);
            await peer.ReadLineAsync();
        });
        var domains = Start(Route(server) + "\n delivery.initial-concurrency = 1");
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal(code, Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        Assert.Equal(1, server.Accepted);
        NothingWasLost();
    }

    [Fact]
    public async Task A_body_on_the_disk_goes_out_piece_by_piece()
    {
        await using var spool = FileSpool.Open(Folder, 1, SpoolFixture.Settings("segment-size = 4MiB"), TimeProvider.System, NullLogger.Instance);
        var storer = CreateTestProbe();
        spool.Attach(0, CreateTestProbe().Ref, 0);
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(i => $"..line {i}\r\n")));
        spool.Store(0, SpoolFixture.Envelope(1), spool.Write(body), storer.Ref);
        var stored = await storer.ExpectMsgAsync<SpoolProtocol.Stored>(cancellationToken: Cancel);
        stored.Body.DropMemory();

        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING", "CHUNKING"] };
        var domains = Start(Route(server));
        foreach (string recipients in (string[])["a@b.example", string.Join(',', Enumerable.Range(0, 150).Select(i => $"r{i}@b.example"))])
        {
            var job = Job(recipients) with { Body = stored.Body };
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.All(await Outcomes([job], job.Recipients.Length), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
            Assert.Equal(body, (await server.NextAsync()).Body);
        }
        Assert.Equal(body, (await server.NextAsync()).Body);
        NothingWasLost();
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_defers()
    {
        var storer = CreateTestProbe();
        await using var spool = FileSpool.Open(Folder, 1, SpoolFixture.Settings("segment-size = 4MiB"), TimeProvider.System, NullLogger.Instance);
        spool.Attach(0, CreateTestProbe().Ref, 0);
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a line that will be damaged\r\n", 10_000)));
        spool.Store(0, SpoolFixture.Envelope(1), spool.Write(body), storer.Ref);
        var stored = await storer.ExpectMsgAsync<SpoolProtocol.Stored>(cancellationToken: Cancel);
        stored.Body.DropMemory();
        foreach (string file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "lock")) Damage(file);

        await using var server = new ScriptedSmtpServer();
        var domains = Start(Route(server));
        var job = Job() with { Body = stored.Body };
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.Equal("4.3.0", Assert.IsType<DeliveryResult.Deferred>(await Outcome(job)).Reply.Enhanced.ToString());
        Assert.False(server.TryNext(out _));

        // our disk is not the server's fault
        var next = Job();
        domains.Tell(new DomainProtocol.Deliver(next));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(next));
        NothingWasLost();

        static void Damage(string file)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            byte[] octets = new byte[stream.Length];
            stream.ReadExactly(octets);
            int at = octets.AsSpan().LastIndexOf("damaged"u8);
            if (at < 0) return;
            stream.Position = at;
            stream.Write("DAMAGED"u8);
        }
    }

    [Fact]
    public async Task Messages_per_connection_are_counted()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING", "LIMITS MAILMAX=4"] };
        var domains = Start(Route(server) + "\n delivery { initial-concurrency = 1, concurrency = 1, messages-per-connection = 5 }");
        List<DeliveryJob> jobs = [.. Enumerable.Range(0, 12).Select(_ => Job())];
        foreach (var job in jobs) domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes(jobs, 12), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        var byConnection = new List<int>();
        for (int i = 0; i < 12; i++) byConnection.Add((await server.NextAsync()).Connection);
        Assert.Equal([4, 4, 4], byConnection.GroupBy(c => c).Select(g => g.Count()));
        NothingWasLost();
    }

    [Fact]
    public async Task What_the_server_cannot_take_fails_before_it_is_said()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING", "SIZE 1000"] };
        var domains = Start(Route(server));
        var cases = new (DeliveryJob Job, string Code)[]
        {
            (Job(body: new string('x', 2000) + "\r\n"), "5.3.4"),
            (Job(change: e => e with { HeaderIsUtf8 = true, Parameters = new() { SmtpUtf8 = true } }), "5.6.7"),
            (Job("ü@b.example"), "5.6.7"),
            (Job(change: e => e with { ReversePath = "ü@a.example" }), "5.6.7"),
            (Job(change: e => e with { Parameters = new() { RequireTls = true } }), "5.7.30"),
            (Job(body: "DKIM-Signature: x\r\n\r\n\u00fc\r\n", change: e => e with { IsEightBit = true }), "5.6.3"),
            (Job(change: e => e with { Parameters = new() { DeliverBy = new(5, true, false) }, ReceivedAt = e.ReceivedAt.AddMinutes(-1) }), "5.4.7"),
            (Job(change: e => e with { Parameters = new() { DeliverBy = new(3600, true, false) } }), "5.4.7"),
        };
        foreach (var (job, code) in cases)
        {
            domains.Tell(new DomainProtocol.Deliver(job));
            Assert.Equal(code, Assert.IsType<DeliveryResult.Failed>(await Outcome(job)).Reply.Enhanced.ToString());
        }
        Assert.False(server.TryNext(out _));

        // the flag alone needs nothing of the server (RFC 6531 §3.4)
        var flagged = Job(change: e => e with { Parameters = new() { SmtpUtf8 = true } });
        domains.Tell(new DomainProtocol.Deliver(flagged));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(flagged));
        Assert.Equal("MAIL FROM:<from@a.example> SIZE=19", (await server.NextAsync()).Mail);
        NothingWasLost();
    }

    [Fact]
    public async Task Old_mail_with_octets_above_127_in_its_header_goes_on_as_it_is()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING", "8BITMIME"] };
        var domains = Start(Route(server));
        var job = Job(change: e => e with { HeaderIsUtf8 = true, IsEightBit = true });
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        Assert.DoesNotContain("SMTPUTF8", (await server.NextAsync()).Mail, StringComparison.Ordinal);
        NothingWasLost();
    }

    [Fact]
    public async Task Eight_bit_text_is_rewritten_for_a_server_of_seven()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["PIPELINING"] };
        var domains = Start(Route(server));
        var job = Job(body: "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=latin1\r\n\r\n\u00fc\r\n", change: e => e with { IsEightBit = true });
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        var message = await server.NextAsync();
        Assert.EndsWith("Content-Transfer-Encoding: quoted-printable\r\n\r\n=FC\r\n", message.Text, StringComparison.Ordinal);
        Assert.Equal("MAIL FROM:<from@a.example>", message.Mail);
        NothingWasLost();
    }

    [Fact]
    public async Task Who_sends_the_DSN_is_known_from_the_server()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["DSN"] };
        var domains = Start(Route(server));
        var job = Job();
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.True(Assert.IsType<DeliveryResult.Delivered>(await Outcome(job)).RemoteSendsDsn);
        NothingWasLost();
    }

    [Fact]
    public async Task SMTPUTF8_is_asked_for_where_an_address_needs_it()
    {
        await using var server = new ScriptedSmtpServer { Capabilities = ["SMTPUTF8"] };
        var domains = Start(Route(server));
        var job = Job("ü@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.IsType<DeliveryResult.Delivered>(await Outcome(job));
        var message = await server.NextAsync();
        Assert.Equal(("MAIL FROM:<from@a.example> SMTPUTF8", "RCPT TO:<ü@b.example>"), (message.Mail, message.Rcpts[0]));
        NothingWasLost();
    }
}

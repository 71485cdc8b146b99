using System.Text;
using Akka.Actor;
using Mta.Domains;
using Mta.Mail;
using Mta.Tests.Bench;

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
                : line.StartsWith("RCPT", StringComparison.Ordinal) && Interlocked.Increment(ref count) > 4 ? "452 4.5.3 too many" : null,
        };
        var domains = Start(Route(server));
        var job = Job("a@b.example,b@b.example,c@b.example,d@b.example,e@b.example");
        domains.Tell(new DomainProtocol.Deliver(job));
        Assert.All(await Outcomes([job], 5), o => Assert.IsType<DeliveryResult.Delivered>(o.Result));
        NothingWasLost();
    }
}

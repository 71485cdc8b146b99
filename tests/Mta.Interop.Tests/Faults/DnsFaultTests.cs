using Mta.Interop.Tests.Bench;
using Mta.Interop.Tests.Crash;
using Mta.Tests.Bench;

namespace Mta.Interop.Tests.Faults;

/// <summary>Whatever the name server does, mail is accepted, waits, never bounces for it, and goes out when the names can be asked for again.</summary>
public sealed class DnsFaultTests
{
    [Theory]
    [InlineData("silence")]
    [InlineData("servfail")]
    [InlineData("refused")]
    [InlineData("garbage")]
    [InlineData("wrong-id")]
    [InlineData("wrong-question")]
    [InlineData("wrong-owner")]
    [InlineData("cut-short")]
    [InlineData("loop")]
    public async Task A_faulty_name_server(string fault)
    {
        await using var dns = new DnsStub();
        dns.Add("dst.test", DnsStub.Mx, "10 mx.dst.test").Add("mx.dst.test", DnsStub.A, "127.0.0.1").Fault("dst.test", fault);
        await using var sink = new RecordingSink();
        var ledger = new CrashLedger();
        sink.OnKept = ledger.Arrive;
        await using var mta = await Start(dns, sink);
        await Send(mta, ledger, 20);
        int asked = dns.Questions;
        // it was asked again for a second attempt, and nothing came of that either
        await Wait.For(() => mta.Output.Contains("number=2", StringComparison.Ordinal), TimeSpan.FromSeconds(60), () => mta.Output);
        Assert.Empty(sink.Messages);
        Assert.DoesNotContain("status=failed", mta.Output, StringComparison.Ordinal);
        dns.Heal("dst.test");
        await Wait.For(() => ledger.Missing().Count == 0, TimeSpan.FromSeconds(60), () => mta.Output);
        await mta.Drained();
        Assert.Equal(20, sink.Messages.Count);
        Assert.True(dns.Questions > asked);
    }

    [Fact]
    public async Task No_name_server_at_all()
    {
        await using var sink = new RecordingSink();
        var ledger = new CrashLedger();
        sink.OnKept = ledger.Arrive;
        var dns = new DnsStub();
        dns.Add("dst.test", DnsStub.A, "127.0.0.1");
        await using var mta = await Start(dns, sink);
        await Send(mta, ledger, 5);
        await Wait.For(() => ledger.Missing().Count == 0, TimeSpan.FromSeconds(60), () => mta.Output);
        await dns.DisposeAsync();
        await Send(mta, ledger, 20, "other.test");
        await Wait.For(() => mta.Output.Contains("number=2", StringComparison.Ordinal), TimeSpan.FromSeconds(60), () => mta.Output);
        Assert.DoesNotContain("status=failed", mta.Output, StringComparison.Ordinal);
        // those that are known go out meanwhile
        await Send(mta, ledger, 5);
        await sink.Received(10, () => mta.Output);
    }

    private static Task<MtaProcess> Start(DnsStub dns, RecordingSink sink) => MtaProcess.Start($$"""
        dns { servers = ["{{dns.EndPoint}}"], timeout = 300ms, failure-ttl = 200ms, address-families = ipv4 }
        delivery { port = {{sink.Port}}, back-off { min = 200ms, max = 500ms } }
        queue.retry = "1s*"
        """);

    private static async Task Send(MtaProcess mta, CrashLedger ledger, int count, string? domain = null)
    {
        using var client = await WireClient.Connect(mta.SmtpPort);
        for (int i = 0; i < count; i++)
        {
            int number = ledger.Next();
            await client.SendData("load@src.test", [domain is null ? NumberedMail.Recipient(number) : $"r{number}@{domain}"], NumberedMail.Create(number));
            if (domain is null) ledger.Acknowledge(number);
        }
    }
}

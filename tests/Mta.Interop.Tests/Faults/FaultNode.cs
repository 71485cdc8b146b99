using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Interop.Tests.Crash;

namespace Mta.Interop.Tests.Faults;

/// <summary>
/// A node with a next hop, and a client that keeps account: what was answered with 250 must arrive, what was refused must be refused with 4yz
/// and must not arrive.
/// </summary>
internal sealed class FaultNode : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly ConcurrentBag<int> _refused = [];

    /// <summary>Is not started: a test may first mount something at its data folder.</summary>
    public FaultNode(string config)
    {
        Mta = new($$"""
            relay.routes = [ { domain = "dst.test", next-hop = ["127.0.0.1:{{Sink.Port}}"] } ]
            queue { retry = "1s*", flush-interval = 100ms }
            delivery.back-off { min = 200ms, max = 500ms }
            {{config}}
            """);
        Sink.OnKept = Ledger.Arrive;
    }

    public RecordingSink Sink { get; } = new();
    public MtaProcess Mta { get; }
    public CrashLedger Ledger { get; } = new();

    /// <summary>One message over a connection of its own; returns the reply that decided, or why there was none.</summary>
    public async Task<string> Attempt()
    {
        int number = Ledger.Next();
        string reply = await Send(number);
        if (reply.StartsWith("250", StringComparison.Ordinal)) Ledger.Acknowledge(number);
        else if (reply.StartsWith('4')) _refused.Add(number);
        else Assert.True(reply.StartsWith("no reply", StringComparison.Ordinal), $"neither 250 nor 4yz: {reply}\n{Mta.Output}");
        return reply;
    }

    public async Task Accepts(int count)
    {
        for (int i = 0; i < count; i++) Assert.StartsWith("250", await Attempt(), StringComparison.Ordinal);
    }

    /// <summary>Sends until a reply begins with <paramref name="code"/>: no other refusal than 4yz may come before.</summary>
    public Task Refuses(string code) =>
        Wait.For(async () => (await Attempt()).StartsWith(code, StringComparison.Ordinal), Limit, () => $"never refused with {code}\n{Mta.Output}");

    /// <summary>Sends until it is taken again, as a client would.</summary>
    public Task Recovers() => Wait.For(async () => (await Attempt()).StartsWith("250", StringComparison.Ordinal), Limit, () => $"does not recover\n{Mta.Output}");

    /// <summary>Everything that was acknowledged arrives, once, and nothing else does.</summary>
    public async Task LosesNothing()
    {
        await Wait.For(() => Ledger.Missing().Count == 0, Limit, () => $"lost: {string.Join(' ', Ledger.Missing())}\n{Mta.Output}");
        Ledger.CheckArrivals();
        var arrived = Sink.Recipients.Select(NumberedMail.Number).ToHashSet();
        Assert.DoesNotContain(_refused, arrived.Contains);
    }

    private async Task<string> Send(int number)
    {
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, Mta.SmtpPort, TestContext.Current.CancellationToken);
            var stream = client.GetStream();
            var reader = new WireReader(stream);
            foreach (byte[] step in (byte[][])[[], Encoding.ASCII.GetBytes("EHLO client.test\r\n")])
            {
                await stream.WriteAsync(step, TestContext.Current.CancellationToken);
                if (await Reply(reader) is var greeting && greeting[0] != '2') return greeting;
            }
            await stream.WriteAsync(NumberedMail.Transaction(number), TestContext.Current.CancellationToken);
            string reply = "";
            for (int i = 0; i < 3; i++)
                if ((reply = await Reply(reader))[0] != '2') return reply;
            return reply;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return $"no reply: {e.Message}";
        }
    }

    private static async Task<string> Reply(WireReader reader)
    {
        while (await reader.Line(TestContext.Current.CancellationToken) is { } line)
        {
            string text = Encoding.UTF8.GetString(line.Span);
            if (text.Length < 4 || text[3] != '-') return text;
        }
        throw new IOException("the server closed the connection");
    }

    public async ValueTask DisposeAsync()
    {
        await Mta.DisposeAsync();
        await Sink.DisposeAsync();
    }
}

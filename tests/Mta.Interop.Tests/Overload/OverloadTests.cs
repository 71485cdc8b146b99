using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Interop.Tests.Crash;

namespace Mta.Interop.Tests.Overload;

/// <summary>More than is good, from many or from one: memory stays bounded, and an honest client is served meanwhile.</summary>
public sealed class OverloadTests
{
    private const long Mebi = 1 << 20;

    // the honest client's transactions: enough for a 99th percentile
    private const int Honest = 100;
    private const string HonestRecipient = "honest@dst.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_thousand_sessions_as_fast_as_they_can()
    {
        const int sessions = 2000;
        await using var sink = new RecordingSink();
        var ledger = new CrashLedger();
        sink.OnKept = message =>
        {
            if (!message.Recipients.Contains(HonestRecipient)) ledger.Arrive(message);
        };
        await using var mta = await MtaProcess.Start($$"""
            log.level = warning
            listener-defaults.max-connections-per-address = 3000
            relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:{{sink.Port}}"] } ]
            """);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, sessions).Select(_ => PipeliningSender.Run(mta.SmtpPort, ledger.Next, ledger.Acknowledge, stop.Token)).ToArray();
        await Wait.For(() => ledger.Acknowledged > sessions, TimeSpan.FromMinutes(2), () => mta.Output);
        var p99 = await HonestClient.Percentile99(mta, HonestRecipient);
        long memory = mta.Memory;
        await stop.CancelAsync();
        // refused it may be, and only for a while
        foreach (var refusals in await Task.WhenAll(load)) Assert.All(refusals, reply => Assert.StartsWith("4", reply, StringComparison.Ordinal));
        await Wait.For(() => ledger.Missing().Count == 0, TimeSpan.FromMinutes(2), () => $"{ledger.Missing().Count} of {ledger.Acknowledged} lost");
        ledger.CheckArrivals();
        Report($"{ledger.Acknowledged} messages of {sessions} sessions, honest p99 {p99.TotalMilliseconds:F0} ms, {memory / Mebi} MiB");
        Assert.InRange(memory, 0, 1500 * Mebi);
        // it waits its turn among two thousand, on a machine that runs their senders and the next hop as well; alone it is below a second
        Assert.InRange(p99, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Ten_thousand_sockets_that_drip()
    {
        const int sockets = 10_000, addresses = 40;
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($$"""
            log.level = warning
            smtp.timeouts.stress { above = 0.5, command = 2s, data = 2s }
            relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:{{sink.Port}}"] } ]
            """);
        long before = mta.Memory;
        var slow = new List<Socket>();
        try
        {
            for (int i = 0; i < sockets; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                slow.Add(socket);
                // from many addresses, or one limit would do
                socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(1 + i % addresses)]), 0));
                await socket.ConnectAsync(IPAddress.Loopback, mta.SmtpPort, Cancel);
                await socket.SendAsync("EHL"u8.ToArray(), Cancel);
            }
            // all places are taken for a moment, and then they are free: an honest client comes again until it is served
            await Wait.For(async () => await TryServe(mta), TimeSpan.FromSeconds(60), () => mta.Output);
            var p99 = await ServeHonest(mta);
            long memory = mta.Memory - before;
            Report($"{sockets} sockets, honest p99 {p99.TotalMilliseconds:F0} ms, {memory / Mebi} MiB more");
            Assert.InRange(memory, long.MinValue, 500 * Mebi);
            Assert.InRange(p99, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.Contains("stress begins", mta.Output, StringComparison.Ordinal);
        }
        finally
        {
            slow.ForEach(socket => socket.Dispose());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("EHLO c\r\nMAIL FROM:<a@src.test>\r\nRCPT TO:<b@dst.test>\r\nDATA\r\n")]
    [InlineData("EHLO c\r\nMAIL FROM:<a@src.test>\r\nRCPT TO:<b@dst.test>\r\nBDAT 2000000000 LAST\r\n")]
    public async Task A_gigabyte_without_a_newline(string prefix)
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        await ServeHonest(mta);
        long before = mta.Memory;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, mta.SmtpPort, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(prefix), Cancel);
        byte[] block = new byte[Mebi];
        block.AsSpan().Fill((byte)'x');
        long sent = 0;
        try
        {
            for (; sent < 1024 * Mebi; sent += block.Length) await stream.WriteAsync(block, Cancel);
        }
        catch (IOException)
        {
            // it need not listen to the end
        }
        var p99 = await ServeHonest(mta);
        long memory = mta.Memory - before;
        Report($"{sent / Mebi} MiB taken, {memory / Mebi} MiB more, honest p99 {p99.TotalMilliseconds:F0} ms");
        Assert.InRange(memory, long.MinValue, 300 * Mebi);
        Assert.InRange(p99, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_flood_of_recipients()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"log.level = warning\nrelay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        await ServeHonest(mta);
        long before = mta.Memory;
        using var client = await WireClient.Connect(mta.SmtpPort);
        Assert.StartsWith("250", await client.Command("MAIL FROM:<a@src.test>"), StringComparison.Ordinal);
        var replies = new Dictionary<string, int>();
        try
        {
            for (int i = 0; i < 100_000; i++)
            {
                string code = (await client.Command(string.Create(CultureInfo.InvariantCulture, $"RCPT TO:<{new string('a', 60)}{i}@dst.test>")))[..3];
                replies[code] = replies.GetValueOrDefault(code) + 1;
                if (code == "421") break;
            }
        }
        catch (IOException)
        {
            // it has had enough
        }
        long memory = mta.Memory - before;
        Report($"{string.Join(", ", replies.Select(r => $"{r.Value} x {r.Key}"))}, {memory / Mebi} MiB more");
        Assert.Equal(1000, replies["250"]);
        Assert.InRange(replies["452"], 1, 1000);
        Assert.InRange(memory, long.MinValue, 100 * Mebi);
        await ServeHonest(mta);
    }

    private static async Task<bool> TryServe(MtaProcess mta)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, mta.SmtpPort, Cancel);
            return await new WireReader(client.GetStream()).Line(Cancel) is { } line && line.Span.StartsWith("220"u8);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Sends small messages one after another over a session of its own; the 99th percentile of the time that one takes.</summary>
    private static async Task<TimeSpan> ServeHonest(MtaProcess mta)
    {
        int next = int.MaxValue / 2;
        var times = new List<TimeSpan>();
        using var done = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var refusals = await PipeliningSender.Run(mta.SmtpPort, () =>
        {
            watch.Restart();
            return next += 10; // the small ones
        }, _ =>
        {
            times.Add(watch.Elapsed);
            if (times.Count == Honest) done.Cancel();
        }, done.Token);
        Assert.Empty(refusals);
        Assert.Equal(Honest, times.Count);
        times.Sort();
        return times[Honest * 99 / 100];
    }

    private static void Report(FormattableString text) => TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(text));
}

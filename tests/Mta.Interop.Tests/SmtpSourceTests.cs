using System.Globalization;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Postfix's load generator through us to Postfix's sink.</summary>
public sealed class SmtpSourceTests
{
    private static async Task Send(MtaProcess mta, int sessions, int messages, int length)
    {
        string source = Command.Need("smtp-source", "postfix");
        string[] amount = ["-s", Text(sessions), "-m", Text(messages), "-l", Text(length)];
        var result = await Command.Run(source, [.. amount, "-f", "alice@src.test", "-t", "bob@dst.test", $"127.0.0.1:{mta.SmtpPort}"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Error + mta.Output);

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Two_thousand_messages_over_twenty_sessions_all_arrive()
    {
        await using var sink = await SmtpSink.Start();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        await Send(mta, sessions: 20, messages: 2000, length: 2048);
        await mta.Drained();
        await Wait.For(() => sink.Messages >= 2000, TimeSpan.FromSeconds(10), () => $"{sink.Messages} messages arrived");
        Assert.Equal(2000, sink.Messages);
        var ledger = (await mta.Status()).GetProperty("queue").GetProperty("ledger");
        Assert.Equal((2000, 2000), (ledger.GetProperty("accepted").GetInt32(), ledger.GetProperty("delivered").GetInt32()));
    }

    [Fact]
    public async Task Every_size_arrives_whole()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        // at and around the sizes of buffers
        int[] lengths = [1, 2, 100, 4095, 4096, 4097, 16_384, 65_535, 65_536, 65_537, 131_072, 204_800];
        foreach (int length in lengths) await Send(mta, sessions: 2, messages: 4, length);
        await sink.Received(lengths.Length * 4, () => mta.Output);
        // smtp-source ends the last line where we did not ask for it
        var expected = lengths.SelectMany(n => Enumerable.Repeat(n, 4));
        Assert.All(sink.Messages.Select(BodyLength).Order().Zip(expected), pair => Assert.InRange(pair.Item1, pair.Item2, pair.Item2 + 2));

        static int BodyLength(ReceivedMessage message) => message.Data.Length - message.Data.AsSpan().IndexOf("\r\n\r\n"u8) - 4;
    }
}

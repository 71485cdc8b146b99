using System.Collections.Concurrent;
using System.Globalization;
using MailKit.Net.Smtp;
using MimeKit;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>kill -9 in the middle of everything: nothing that was answered with 250 is lost.</summary>
public sealed class CrashTests
{
    private const int Messages = 10_000, Senders = 16;

    [Fact]
    public async Task Ten_thousand_messages_survive_a_kill_in_their_middle()
    {
        // CI asks for more kills than a developer waits for
        int kills = int.Parse(Environment.GetEnvironmentVariable("MTA_CRASH_CYCLES") ?? "2", CultureInfo.InvariantCulture);
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]\n queue.retry = \"1s*\"\n delivery.back-off.min = 500ms");
        var acknowledged = new ConcurrentDictionary<int, bool>();
        int next = 0;
        var sending = Enumerable.Range(0, Senders).Select(_ => Task.Run(() => Send(mta, acknowledged, () => Interlocked.Increment(ref next)), TestContext.Current.CancellationToken)).ToArray();

        int doubledAtMost = 0;
        for (int i = 1; i <= kills; i++)
        {
            int goal = Messages * i / (kills + 1);
            await Wait.For(() => acknowledged.Count >= goal, TimeSpan.FromMinutes(2), () => $"{acknowledged.Count} messages accepted");
            await mta.Kill();
            // what was on its way when we pulled the plug: at most a connection's job each, and what the last commit lacked
            doubledAtMost += 20 + Senders * 4;
            await mta.Start();
        }
        await Task.WhenAll(sending).WaitAsync(TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
        await mta.Drained();

        var arrived = sink.Recipients.Select(Number).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());
        Assert.DoesNotContain(Enumerable.Range(1, Messages), n => !arrived.ContainsKey(n));
        int doubled = arrived.Values.Sum(n => n - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills, {doubled} doubled");
        Assert.InRange(doubled, 0, doubledAtMost);
        Assert.Equal(0, await mta.Stop());
    }

    // Sends until it is acknowledged; a lost connection means to send again, as every client does.
    private static async Task Send(MtaProcess mta, ConcurrentDictionary<int, bool> acknowledged, Func<int> next)
    {
        for (int n = next(); n <= Messages; n = next())
        {
            using var message = new MimeMessage();
            message.From.Add(new MailboxAddress("", "load@src.test"));
            message.To.Add(new MailboxAddress("", $"r{n}@dst.test"));
            message.Subject = $"message {n}";
            message.Body = new TextPart("plain") { Text = new string('x', 500) };
            while (!acknowledged.ContainsKey(n))
            {
                using var client = new SmtpClient();
                try
                {
                    await client.ConnectAsync("127.0.0.1", mta.SmtpPort, MailKit.Security.SecureSocketOptions.None, TestContext.Current.CancellationToken);
                    while (true)
                    {
                        await client.SendAsync(message, TestContext.Current.CancellationToken);
                        acknowledged[n] = true;
                        // go on with the same connection
                        n = next();
                        if (n > Messages) return;
                        message.To.Clear();
                        message.To.Add(new MailboxAddress("", $"r{n}@dst.test"));
                    }
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or SmtpProtocolException or SmtpCommandException or MailKit.ServiceNotConnectedException) { }
            }
        }
    }

    private static int Number(string recipient) => int.Parse(recipient[1..recipient.IndexOf('@', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
}

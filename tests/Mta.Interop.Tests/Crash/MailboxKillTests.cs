using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Crash;

/// <summary>kill -9 while messages are delivered into a mailbox and put there by APPEND: what was answered with OK is there, exactly once.</summary>
public sealed partial class MailboxKillTests
{
    private const int Cycles = 4, Senders = 3;
    private const string Name = "ann@ours.test", Password = "a long secret";

    private readonly ConcurrentDictionary<int, bool> _delivered = [], _appended = [];
    private TaskCompletionSource _reached = new();
    private int _number, _left;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_is_in_the_mailbox_exactly_once()
    {
        int imap = MtaProcess.FreePort();
        await using var mta = await MtaProcess.Start($$"""
            listeners.imap { address = "127.0.0.1", port = {{imap}} }
            imap.allow-plaintext-on-loopback = on
            queue.retry = "1s*"
            spool.min-free = 0B
            """);
        await File.WriteAllTextAsync(Path.Combine(mta.Folder, "pw"), Password + "\n", Cancel);
        foreach (string[] command in (string[][])[["domain", "add", "ours.test"], ["account", "add", Name, "--password-file", "pw"]])
        {
            var result = await mta.Run([.. command, "--config", mta.ConfigPath]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
        var random = new Random(1);
        for (int cycle = 0; cycle < Cycles; cycle++)
        {
            _left = random.Next(20, 200);
            _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task[] load = [.. Enumerable.Range(0, Senders).SelectMany(_ => (Task[])[Load(() => Deliver(mta.SmtpPort)), Load(() => Append(imap))])];
            await _reached.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            await mta.Kill();
            await Task.WhenAll(load).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            await mta.Start();
            await mta.Drained();
            await Check(imap, "INBOX", _delivered);
            await Check(imap, "Sent", _appended);
            var verified = await mta.Run("store", "verify", "--config", mta.ConfigPath);
            Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        }
    }

    // until it is killed
    private static async Task Load(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // it was
        }
    }

    private async Task Deliver(int port)
    {
        using var client = await WireClient.Connect(port);
        while (true)
        {
            int number = Interlocked.Increment(ref _number);
            _delivered[number] = false;
            await client.SendData("bob@src.test", [Name], SampleMail.Create(number));
            Acknowledge(_delivered, number);
        }
    }

    private async Task Append(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancel);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"l LOGIN {Name} \"{Password}\"\r\n"), Cancel);
        await Tagged("l");
        while (true)
        {
            int number = Interlocked.Increment(ref _number);
            byte[] message = SampleMail.Create(number);
            _appended[number] = false;
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"a APPEND Sent {{{message.Length}+}}\r\n"), .. message, .. "\r\n"u8], Cancel);
            await Tagged("a");
            Acknowledge(_appended, number);
        }

        async Task Tagged(string tag)
        {
            while (await reader.ReadLineAsync(Cancel) is { } line)
            {
                if (!line.StartsWith(tag + " ", StringComparison.Ordinal)) continue;
                Assert.StartsWith(tag + " OK", line, StringComparison.Ordinal);
                return;
            }
            throw new IOException("closed");
        }
    }

    private void Acknowledge(ConcurrentDictionary<int, bool> ledger, int number)
    {
        ledger[number] = true;
        if (Interlocked.Decrement(ref _left) == 0) _reached.TrySetResult();
    }

    private static async Task Check(int port, string mailbox, ConcurrentDictionary<int, bool> ledger)
    {
        string answer = await ImapNode.Talk(port, Name, Password, $"a SELECT {mailbox}\r\nb FETCH 1:* (BODY.PEEK[HEADER.FIELDS (X-Number)])\r\nc STATUS {mailbox} (MESSAGES)\r\n");
        var there = Number().Matches(answer).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).ToList();
        Assert.Contains($"(MESSAGES {there.Count})", answer, StringComparison.Ordinal);
        Assert.Equal(there.Distinct().Count(), there.Count);
        Assert.Empty(ledger.Where(sent => sent.Value).Select(sent => sent.Key).Except(there));
        Assert.Empty(there.Except(ledger.Keys));
    }

    [GeneratedRegex(@"X-Number: (\d+)")]
    private static partial Regex Number();
}

using System.Globalization;
using Mta.Interop.Tests.Bench;
using Mta.Tests.Bench;

namespace Mta.Interop.Tests.Faults;

/// <summary>A next hop that misbehaves at each stage of the dialogue: mail waits and goes out when it behaves again; only 5yz bounces.</summary>
public sealed class NextHopFaultTests
{
    private static readonly string[] Stages = ["", "EHLO", "MAIL", "RCPT", "DATA", "."];

    // the last three say nothing, too much, and nonsense
    private static readonly string[] Faults = ["421 4.3.2 go away", "451 4.3.0 later", "552 5.2.2 full", "close", "reset", "stall", "endless", "binary"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Misbehaves_at(int stage)
    {
        var healed = new TaskCompletionSource();
        var servers = new List<ScriptedSmtpServer>();
        await using var home = new RecordingSink();
        try
        {
            foreach (string fault in Faults)
                servers.Add(new() { Capabilities = [], Reply = command => !healed.Task.IsCompleted && IsAt(Stages[stage], command) ? fault : null });
            string routes = string.Join('\n', servers.Select((s, i) => $"{{ domain = \"f{i}.test\", next-hop = [\"{s.EndPoint}\"] }}"));
            await using var mta = await MtaProcess.Start($$"""
                relay.routes = [ {{routes}}
                  { domain = "src.test", next-hop = ["127.0.0.1:{{home.Port}}"] } ]
                queue.retry = "1s*"
                delivery {
                  back-off { min = 200ms, max = 500ms }
                  timeouts { connect = 1s, greeting = 1s, hello = 1s, mail = 1s, rcpt = 1s, data = 1s, body = 1s, final = 1s, quit = 1s }
                }
                """);
            using (var client = await WireClient.Connect(mta.SmtpPort))
                for (int i = 0; i < Faults.Length; i++)
                    await client.SendData("alice@src.test", [string.Create(CultureInfo.InvariantCulture, $"u@f{i}.test")], "Subject: x\r\n\r\nx\r\n"u8.ToArray());
            // each was tried twice, but for what was settled at once: 5yz to EHLO is answered with HELO (RFC 5321 §3.2), to the message with a bounce
            await Wait.For(() => Enumerable.Range(0, Faults.Length).All(i => Bounced(i, home) || Attempts(mta, i, "status=delivered") > 0 || Attempts(mta, i) >= 2), TimeSpan.FromSeconds(60), () => mta.Output);
            healed.SetResult();
            await mta.Drained();
            for (int i = 0; i < Faults.Length; i++)
            {
                bool isPermanent = Faults[i][0] == '5';
                // a bad greeting or EHLO is the host's trouble; what is said of the message is meant for the message
                if (isPermanent && stage >= 2) Assert.True(Bounced(i, home), $"{Faults[i]} did not bounce\n{mta.Output}");
                else Assert.True(Bounced(i, home) ? isPermanent : servers[i].TryNext(out _), $"{Faults[i]} lost mail\n{mta.Output}");
            }
        }
        finally
        {
            healed.TrySetResult();
            foreach (var server in servers) await server.DisposeAsync();
        }
    }

    private static bool IsAt(string stage, string command) => stage.Length == 0 ? command.Length == 0 : command.StartsWith(stage, StringComparison.Ordinal);

    private static int Attempts(MtaProcess mta, int i, string status = "status=") => mta.Output.Split('\n').Count(line =>
        line.Contains(" attempt ", StringComparison.Ordinal) && line.Contains($"@f{i}.test>", StringComparison.Ordinal) && line.Contains(status, StringComparison.Ordinal));

    private static bool Bounced(int i, RecordingSink home) =>
        home.Messages.Any(m => m.From.Length == 0 && m.Text.Contains($"u@f{i}.test", StringComparison.Ordinal));
}

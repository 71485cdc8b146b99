using System.Globalization;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>The real program with accounts, listeners for them and LMTP, and a sink that all mail goes to.</summary>
internal sealed class SubmissionProcess : IAsyncDisposable
{
    public const string Ann = "ann@ours.test", Bob = "bob@ours.test", Password = "correct horse";

    private SubmissionProcess() { }

    public RecordingSink Sink { get; } = new();
    public int Submission { get; } = MtaProcess.FreePort();
    public int Submissions { get; } = MtaProcess.FreePort();
    public int Lmtp { get; } = MtaProcess.FreePort();
    public MtaProcess Mta { get; private set; } = null!;

    /// <summary>With the accounts <see cref="Ann"/> and <see cref="Bob"/>. Loopback may sign in without TLS, unless <paramref name="config"/> says otherwise.</summary>
    public static async Task<SubmissionProcess> Start(string config = "")
    {
        var bench = new SubmissionProcess();
        bench.Mta = new(string.Create(CultureInfo.InvariantCulture, $$"""
            listeners {
              submission { address = "127.0.0.1", port = {{bench.Submission}} }
              submissions { address = "127.0.0.1", port = {{bench.Submissions}} }
              lmtp { address = "127.0.0.1", port = {{bench.Lmtp}} }
            }
            submission.allow-plaintext-on-loopback = true
            relay.routes = [ { domain = "ours.test", next-hop = ["127.0.0.1:{{bench.Sink.Port}}"] }, { domain = "*", next-hop = ["127.0.0.1:{{bench.Sink.Port}}"] } ]
            {{config}}
            """));
        try
        {
            await bench.Mta.Start();
            await File.WriteAllTextAsync(Path.Combine(bench.Mta.Folder, "pw"), Password + "\n", TestContext.Current.CancellationToken);
            await bench.Run("domain", "add", "ours.test");
            foreach (string account in (string[])[Ann, Bob]) await bench.Run("account", "add", account, "--password-file", "pw");
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public async Task Run(params string[] arguments)
    {
        var result = await Mta.Run([.. arguments, "--config", Mta.ConfigPath]);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    /// <summary>The command to sign in by PLAIN.</summary>
    public static string Plain(string name, string password, string authorization = "") => "AUTH PLAIN " + Base64($"{authorization}\0{name}\0{password}");

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        await Mta.DisposeAsync();
        await Sink.DisposeAsync();
    }
}

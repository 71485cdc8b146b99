using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Mta.Interop.Tests.Bench;

/// <summary>Postfix's smtp-sink: takes all mail as fast as it comes, and counts.</summary>
internal sealed partial class SmtpSink : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private SmtpSink(Process process) => (_process, _reading) = (process, Read(process.StandardOutput));

    public int Port { get; private init; }

    /// <summary>Messages that it took.</summary>
    public int Messages
    {
        get
        {
            lock (_output) return Counter().Matches(_output.ToString()) is { Count: > 0 } counts ? int.Parse(counts[^1].Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        }
    }

    public static async Task<SmtpSink> Start()
    {
        string program = Command.Need("smtp-sink", "postfix");
        Command.NeedRoot();
        int port = MtaProcess.FreePort();
        var start = new ProcessStartInfo(program, ["-u", "postfix", "-c", $"127.0.0.1:{port}", "100"]) { RedirectStandardOutput = true };
        var sink = new SmtpSink(Process.Start(start)!) { Port = port };
        await Wait.For(() => MtaProcess.CanConnect(port), TimeSpan.FromSeconds(20), () => "smtp-sink does not listen");
        return sink;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    // It writes the counts over and over to one line, so there is no line to wait for.
    private async Task Read(StreamReader reader)
    {
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and int count)
        {
            lock (_output)
            {
                // only the last count matters, and it may come in two pieces
                if (_output.Length > 8192) _output.Remove(0, _output.Length - 4096);
                _output.Append(buffer, 0, count);
            }
        }
    }

    [GeneratedRegex(@"mesg=(\d+)\s")]
    private static partial Regex Counter();
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Mta.Interop.Tests.Bench;

/// <summary>
/// The real program as a process of its own, with a folder of its own and ports that were free. Everything it prints is kept; what must never
/// be printed fails the test at the end.
/// </summary>
internal sealed class MtaProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mta.dll");
    private readonly StringBuilder _output = new();
    private readonly string _config;
    private Process? _process;

    /// <param name="config">Goes into <c>mta { … }</c>; <c>$SMTP</c> is not needed: the smtp listener is always there.</param>
    public MtaProcess(string config, string root = "")
    {
        Folder = Directory.CreateTempSubdirectory("mta-interop-").FullName;
        SmtpPort = FreePort();
        HttpPort = FreePort();
        _config = Path.Combine(Folder, "mta.conf");
        File.WriteAllText(_config, $$"""
            mta {
              hostname = "relay.test"
              data-dir = "{{Folder}}/data"
              listeners {
                smtp { address = "127.0.0.1", port = {{SmtpPort}} }
                http { address = "127.0.0.1", port = {{HttpPort}} }
              }
              relay.trusted-networks = ["127.0.0.0/8"]
              {{config.Replace("$FOLDER", Folder, StringComparison.Ordinal)}}
            }
            {{root}}
            """);
    }

    public string Folder { get; }
    public string DataDir => Path.Combine(Folder, "data");
    public string ConfigPath => _config;
    public int SmtpPort { get; }
    public int HttpPort { get; }
    public int Pid => _process!.Id;
    public bool HasExited => _process!.HasExited;

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static async Task<MtaProcess> Start(string config, string root = "")
    {
        var mta = new MtaProcess(config, root);
        await mta.Start();
        return mta;
    }

    /// <param name="environment">Beside what this process has.</param>
    public async Task Start(params (string Name, string Value)[] environment)
    {
        Launch(environment);
        await Ready();
    }

    /// <summary>Starts the program and does not wait for it.</summary>
    public void Launch(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Program, "serve", "--config", _config]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Take(e.Data);
        _process.ErrorDataReceived += (_, e) => Take(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until it has recovered and takes mail.</summary>
    public Task Ready() => Wait.For(() =>
    {
        if (HasExited) Assert.Fail("mta ended:\n" + Output);
        return CanConnect(HttpPort) && CanConnect(SmtpPort);
    }, Limit, () => "mta did not start:\n" + Output);

    /// <summary>As a power cut for the process: nothing is flushed.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await Exited();
    }

    /// <summary>Waits until it has ended, by whatever hand.</summary>
    public Task Exited() => _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Drops what it printed so far, after a look at it: for tests that start it very often.</summary>
    public void ForgetOutput()
    {
        CheckOutput();
        lock (_output) _output.Clear();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> Stop()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Signal(string name) => Process.Start("kill", [$"-{name}", _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

    /// <summary>Runs a command of the program.</summary>
    public Task<CommandResult> Run(params string[] arguments) => Command.Run("dotnet", [Program, .. arguments], Folder);

    /// <summary>Runs <c>mta queue …</c> against this node, and reads its JSON.</summary>
    public async Task<JsonElement> Queue(params string[] arguments)
    {
        var result = await Run(["queue", .. arguments, "--config", _config, "--json"]);
        Assert.True(result.ExitCode == 0, $"mta queue {string.Join(' ', arguments)}: {result.Error}");
        return JsonDocument.Parse(result.Output).RootElement;
    }

    public async Task<JsonElement> Status()
    {
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{HttpPort}") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", File.ReadAllText(Path.Combine(DataDir, "admin.token")));
        return JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/v1/status", UriKind.Relative), TestContext.Current.CancellationToken)).RootElement;
    }

    /// <summary>Octets of memory that it occupies.</summary>
    public long Memory => 1024 * long.Parse(
        File.ReadLines($"/proc/{Pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits until nothing is queued.</summary>
    public Task Drained() => Wait.For(async () => (await Status()).GetProperty("queue").GetProperty("messages").GetInt32() == 0, Limit, () => "the queue did not drain:\n" + Output);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Signal("TERM");
            if (!_process.WaitForExit(Limit)) _process.Kill();
        }
        _process?.WaitForExit();
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
        CheckOutput();
        await Task.CompletedTask;
    }

    private void CheckOutput()
    {
        Assert.False(Output.Contains("dead letter", StringComparison.OrdinalIgnoreCase), Output);
        Assert.False(Output.Contains("Unhandled", StringComparison.OrdinalIgnoreCase), Output);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static bool CanConnect(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }
}

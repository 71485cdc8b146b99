using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mta.Load;
using Mta.Load.Sink;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>
/// What <c>mta load --self</c> sets up: a node, and a sink that is a thousand domains with their DNS, each a process of its own on loopback
/// with its data in a folder that goes away. After the load it waits until all has arrived, and says what it cost and whether anything was
/// lost or doubled.
/// </summary>
internal sealed class SelfCampaign : IAsyncDisposable
{
    public const long Messages = 100_000;
    public const int Domains = 1000;
    private const int Addresses = 50;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60), DrainLimit = TimeSpan.FromMinutes(10);
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-self-").FullName;
    private readonly Process _sink, _node;
    private readonly Task<string> _sinkSummary;
    private TimeSpan _nodeCpu;
    private long _started;

    private SelfCampaign()
    {
        var (smtp, sink, dns) = (FreePort(), FreePort(), FreePort());
        Target = new("127.0.0.1", smtp);
        string config = Path.Combine(_folder, "mta.conf");
        File.WriteAllText(config, string.Create(CultureInfo.InvariantCulture, $$"""
            mta {
              hostname = "self.test"
              data-dir = "{{_folder}}/data"
              listeners { smtp { address = "127.0.0.1", port = {{smtp}} } }
              relay { trusted-networks = ["127.0.0.0/8"] }
              dns { servers = ["127.0.0.1:{{dns}}"], address-families = ipv4 }
              delivery { port = {{sink}} }
              log { level = warning }
            }
            """));
        _sink = Start("sink", "--listen", $"127.0.1.1-127.0.1.{Addresses}:{sink}", "--domains", $"{Domains}", "--dns", $"{dns}", "--profile", $"plain={Addresses}", "--check", "--json");
        _sinkSummary = _sink.StandardOutput.ReadToEndAsync();
        _ = _sink.StandardError.ReadToEndAsync(); // its running commentary
        _node = Start("serve", "--config", config);
        _ = _node.StandardOutput.ReadToEndAsync();
        _ = _node.StandardError.ReadToEndAsync();
    }

    /// <summary>The node's SMTP listener.</summary>
    public DnsEndPoint Target { get; }

    private AdminAccess Access => new(Path.Combine(_folder, "data"));

    /// <summary>Starts both and waits until the node accepts mail. Throws <see cref="IOException"/> where that does not come about.</summary>
    public static async Task<SelfCampaign> StartAsync(CancellationToken cancel)
    {
        var campaign = new SelfCampaign();
        try
        {
            var watch = Stopwatch.StartNew();
            while (!await campaign.IsReady(cancel))
            {
                if (campaign._node.HasExited || campaign._sink.HasExited || watch.Elapsed > StartLimit) throw new IOException("the node or the sink did not start");
                await Task.Delay(100, cancel);
            }
            campaign._nodeCpu = campaign._node.TotalProcessorTime;
            campaign._started = Stopwatch.GetTimestamp();
            return campaign;
        }
        catch
        {
            await campaign.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the queue is empty; returns what came, and what it cost as lines for people.</summary>
    public async Task<(Arrivals Arrived, string Cost)> Finish(long accepted, bool isJson, CancellationToken cancel)
    {
        var drain = Stopwatch.StartNew();
        for (long queued = 1; queued > 0;)
        {
            queued = await Queued(cancel);
            if (drain.Elapsed > DrainLimit) break;
            if (queued == 0) break;
            if (!isJson) Console.WriteLine($"{queued} recipients still queued");
            await Task.Delay(TimeSpan.FromSeconds(0.5), cancel);
        }
        var elapsed = Stopwatch.GetElapsedTime(_started);
        double cpu = (_node.TotalProcessorTime - _nodeCpu).TotalMilliseconds;
        Process.Start("kill", ["-TERM", _sink.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        var summary = JsonSerializer.Deserialize<SinkSummary>(await _sinkSummary.WaitAsync(StartLimit, cancel), Format)!;
        var arrived = Arrivals.Of(summary.Check, accepted);
        _node.Refresh();
        return (arrived, string.Create(CultureInfo.InvariantCulture, $"""
            Delivered     {arrived.Messages / elapsed.TotalSeconds:F0} messages a second to {Domains} domains, all in {elapsed.TotalSeconds:F1} s
            Node          {cpu / Math.Max(1, accepted):F3} ms of processor time a message, {_node.WorkingSet64 / 1048576} MiB
            250 was sent after the data was on stable storage.
            Node, sink and generator shared {Environment.ProcessorCount} processors.
            """));
    }

    private async Task<bool> IsReady(CancellationToken cancel)
    {
        try
        {
            using var client = Access.Connect(null);
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }

    private async Task<long> Queued(CancellationToken cancel)
    {
        using var client = Access.Connect(null);
        using var status = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/v1/status", UriKind.Relative), cancel));
        return status.RootElement.GetProperty("queue").GetProperty("recipients").GetInt64();
    }

    // this program again: by its own launcher, or by dotnet where it was started so
    private static Process Start(params string[] arguments)
    {
        string self = Environment.ProcessPath!;
        string[] prefix = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [typeof(SelfCampaign).Assembly.Location] : [];
        return Process.Start(new ProcessStartInfo(self, [.. prefix, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Process[])[_node, _sink])
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}

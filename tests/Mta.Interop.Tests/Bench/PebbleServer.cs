using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mta.Tests.Bench;

namespace Mta.Interop.Tests.Bench;

/// <summary>
/// Pebble, the test server of Let's Encrypt, with a name server of its own that knows what it asks. It validates for real, and refuses good nonces now and
/// then.
/// </summary>
internal sealed class PebbleServer : IAsyncDisposable
{
    public const string BindingId = "kid-1", BindingKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly TestCertificate _certificate = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-pebble-").FullName;
    private readonly StringBuilder _output = new();
    private Process? _process;

    public DnsStub Dns { get; } = new();

    /// <summary>Where it asks.</summary>
    public int HttpPort { get; } = MtaProcess.FreePort();
    public int TlsPort { get; } = MtaProcess.FreePort();
    private int Port { get; } = MtaProcess.FreePort();

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <param name="hosts">Names that are this machine.</param>
    /// <param name="binding">It wants accounts to be bound to ones made by other means.</param>
    /// <param name="refusedNonces">Good ones that it refuses, in percent.</param>
    public static async Task<PebbleServer> Start(string[] hosts, bool binding = false, int refusedNonces = 30)
    {
        string program = Command.Need("pebble", "pebble");
        var pebble = new PebbleServer();
        foreach (string host in hosts) pebble.Dns.Add(host, DnsStub.A, "127.0.0.1");
        string config = Path.Combine(pebble._folder, "config.json");
        await File.WriteAllTextAsync(config, $$"""
            { "pebble": {
              "listenAddress": "127.0.0.1:{{pebble.Port}}", "managementListenAddress": "",
              "certificate": "{{pebble._certificate.CertificatePath}}", "privateKey": "{{pebble._certificate.KeyPath}}",
              "httpPort": {{pebble.HttpPort}}, "tlsPort": {{pebble.TlsPort}}, "ocspResponderURL": "",
              "externalAccountBindingRequired": {{(binding ? "true" : "false")}}, "externalAccountMACKeys": { "{{BindingId}}": "{{BindingKey}}" }
            } }
            """, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(program, ["-config", config, "-dnsserver", pebble.Dns.EndPoint.ToString(), "-strict"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PEBBLE_VA_NOSLEEP"] = "1";
        start.Environment["PEBBLE_AUTHZREUSE"] = "0"; // a renewal is proven again
        start.Environment["PEBBLE_WFE_NONCEREJECT"] = refusedNonces.ToString(CultureInfo.InvariantCulture);
        pebble._process = Process.Start(start)!;
        pebble._process.OutputDataReceived += (_, e) => pebble.Take(e.Data);
        pebble._process.ErrorDataReceived += (_, e) => pebble.Take(e.Data);
        pebble._process.BeginOutputReadLine();
        pebble._process.BeginErrorReadLine();
        await Wait.For(() => MtaProcess.CanConnect(pebble.Port), Limit, () => "pebble did not start:\n" + pebble.Output);
        return pebble;
    }

    /// <summary>The part of <c>mta.tls.acme</c> that is about this server.</summary>
    public string Section(string rest) =>
        $"tls.acme {{ directory = \"https://127.0.0.1:{Port}/dir\", ca-file = \"{_certificate.CertificatePath}\", agree-to-terms = on, contact = [\"postmaster@acme.test\"]\n{rest}\n}}\n";

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        await Dns.DisposeAsync();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

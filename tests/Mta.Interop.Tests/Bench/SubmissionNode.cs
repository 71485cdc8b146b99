using Microsoft.Extensions.Logging.Abstractions;
using Mta.Config;

namespace Mta.Interop.Tests.Bench;

/// <summary>A node in this process at which <see cref="BenchAccounts.Name"/> may submit, and a sink that all mail goes to.</summary>
internal sealed class SubmissionNode : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-submission-").FullName;
    private MtaNode? _node;

    private SubmissionNode() { }

    public MtaNode Node => _node!;
    public TestCertificate Certificate { get; } = new();
    public RecordingSink Sink { get; } = new();
    public BenchAccounts Accounts { get; } = new();

    /// <summary>With STARTTLS.</summary>
    public int Submission { get; } = MtaProcess.FreePort();

    /// <summary>Under TLS from the start.</summary>
    public int Submissions { get; } = MtaProcess.FreePort();

    public int Port(bool isImplicit) => isImplicit ? Submissions : Submission;

    /// <param name="config">Goes into <c>mta { … }</c>.</param>
    public static async Task<SubmissionNode> Start(string config = "")
    {
        var bench = new SubmissionNode();
        try
        {
            var settings = MtaSettings.From(ConfigFile.Parse($$"""
                mta {
                  hostname = "localhost"
                  data-dir = "{{bench._folder}}/data"
                  listeners {
                    submission { address = "127.0.0.1", port = {{bench.Submission}} }
                    submissions { address = "127.0.0.1", port = {{bench.Submissions}} }
                  }
                  relay.routes = [ { domain = "*", next-hop = ["127.0.0.1:{{bench.Sink.Port}}"] } ]
                  spool.min-free = 1MiB
                  {{bench.Certificate.Offer}}
                  {{bench.Accounts.Configure(bench._folder)}}
                  {{config}}
                }
                """, "test"));
            bench._node = await MtaNode.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance);
            await BenchAccounts.Create(bench._node);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        await Sink.DisposeAsync();
        Certificate.Dispose();
        Accounts.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

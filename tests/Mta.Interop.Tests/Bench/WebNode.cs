using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mta.Config;
using Mta.Server;
using Mta.Server.Logging;
using Mta.Server.Web;

namespace Mta.Interop.Tests.Bench;

/// <summary>A node in this process with its HTTP side, whose routes can be looked at.</summary>
internal sealed class WebNode : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-web-").FullName;
    private MtaNode? _node;
    private WebApplication? _app;

    private WebNode() { }

    public MtaNode Node => _node!;
    public WebApplication App => _app!;

    /// <summary>Speaks to it without the token.</summary>
    public HttpClient Client { get; } = new();

    /// <param name="config">Goes into <c>mta { … }</c>.</param>
    public static async Task<WebNode> Start(string config = "")
    {
        var bench = new WebNode();
        try
        {
            var settings = MtaSettings.From(ConfigFile.Parse($$"""
                mta {
                  hostname = "mail.example.test"
                  data-dir = "{{bench._folder}}/data"
                  listeners.http { address = "127.0.0.1", port = 0 }
                  spool.min-free = 1MiB
                  {{config}}
                }
                """, "test"));
            bench._node = await MtaNode.StartAsync(settings, TimeProvider.System, NullLoggerFactory.Instance);
            bench._app = WebServer.Create(bench._node, settings, new AdminAccess(settings.DataDir),
                new ConfigReload(bench._node, null, new LogLevelSwitch(settings.Log.Level), NullLogger.Instance), NullLoggerFactory.Instance);
            await bench._app.StartAsync(TestContext.Current.CancellationToken);
            bench.Client.BaseAddress = new(bench._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(a => a.StartsWith("http://127", StringComparison.Ordinal)));
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
        Client.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

using System.Net;
using System.Text;

namespace Mta.Load.Tests.Load;

public sealed class SinkWatchTests : IAsyncDisposable
{
    private const string Check = """{ "runs": 1, "messages": MESSAGES, "deliveries": 9, "lost": 0, "doubled": 2, "reordered": 0, "untraced": 0, "unchecked": 0, "latency": { "p50": 1, "p90": 2, "p99": 3, "p999": 4, "max": 5 } }""";

    private readonly HttpListener _http = new();
    private readonly Queue<string?> _answers = new();
    private readonly Uri _address;
    private readonly Task _serving;

    public SinkWatchTests()
    {
        // HttpListener takes no port 0
        for (int port = 20_000 + Random.Shared.Next(20_000); ; port++)
        {
            _http.Prefixes.Clear();
            _http.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                _http.Start();
                _address = new($"http://127.0.0.1:{port}/");
                break;
            }
            catch (HttpListenerException)
            {
                // taken
            }
        }
        _serving = Serve();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Close();
        await _serving;
    }

    [Fact]
    public async Task It_waits_until_all_has_come()
    {
        foreach (string? answer in (string?[])[null, "7", "8", "9"]) _answers.Enqueue(answer);
        using var watch = new SinkWatch(_address, TimeProvider.System);
        var arrived = await watch.Wait(42, 9, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal((9, 0, 2, 3.0), (arrived.Messages, arrived.Lost, arrived.Doubled, arrived.Latency!.P99));
        Assert.Empty(_answers);
    }

    [Fact]
    public async Task What_does_not_come_for_a_while_is_lost()
    {
        using var watch = new SinkWatch(_address, TimeProvider.System);
        var arrived = await watch.Wait(42, 9, TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken);
        Assert.Equal((0, 9), (arrived.Messages, arrived.Lost));
        _answers.Enqueue("5");
        arrived = await watch.Wait(42, 9, TimeSpan.FromMilliseconds(1), new CancellationToken(true));
        Assert.Equal((5, 4), (arrived.Messages, arrived.Lost));
    }

    [Fact]
    public async Task What_is_no_sink_is_told()
    {
        using var watch = new SinkWatch(_address, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<IOException>(() => watch.Try(TestContext.Current.CancellationToken));
        Assert.Contains(_address.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                var context = await _http.GetContextAsync();
                if (context.Request.Url!.AbsolutePath == "/runs/42" && _answers.TryDequeue(out string? messages) && messages is not null)
                {
                    context.Response.ContentType = "application/json";
                    context.Response.OutputStream.Write(Encoding.ASCII.GetBytes(Check.Replace("MESSAGES", messages, StringComparison.Ordinal)));
                }
                else context.Response.StatusCode = 404;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // the end
        }
    }
}

using System.Net;
using System.Text.Json;
using Mta.Load.Sink;
using Mta.Server.Web;

namespace Mta.Server.Commands;

/// <summary>
/// What a sink saw, over HTTP: <c>GET /</c> is the summary that <c>--json</c> prints, <c>GET /runs/RUN</c> what the ids of one run of the
/// generator told (404 while nothing of it came).
/// </summary>
internal static class SinkHttp
{
    /// <summary>Listens; null, and one line on the standard error, where the address cannot be had.</summary>
    public static async Task<WebApplication?> StartAsync(IPEndPoint endPoint, SinkServer sink)
    {
        var builder = WebServer.Builder();
        builder.WebHost.ConfigureKestrel(k => k.Listen(endPoint));
        var format = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true };
        var app = builder.Build();
        app.MapGet("/", () => Results.Json(sink.Summary(), format));
        app.MapGet("/runs/{run}", (uint run) => sink.Check(run) is { } check ? Results.Json(check, format) : Results.NotFound());
        try
        {
            await app.StartAsync();
            return app;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            Console.Error.WriteLine($"mta: the sink cannot listen on {endPoint} for --http: {e.Message}");
            await app.DisposeAsync();
            return null;
        }
    }
}

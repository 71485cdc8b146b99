using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Mta.Config;
using Mta.Server.Web.ClientSettings;
using OpenTelemetry.Metrics;

namespace Mta.Server.Web;

/// <summary>HTTP: health, metrics, what mail programs ask for, and the admin API, on the data folder's socket and on every http listener.</summary>
internal static class WebServer
{
    private const long MaxRequest = 64 * 1024;

    public static WebApplication Create(MtaNode node, MtaSettings settings, AdminAccess access, ConfigReload reload, ILoggerFactory logging)
    {
        var builder = Builder();
        builder.Services.AddSingleton(logging);
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            o.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
            // "5" is no number; the description of the API would have to say both
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        ApiDocument.AddTo(builder.Services);
        builder.Services.AddOpenTelemetry().WithMetrics(m => m.AddMeter("Mta", "System.Runtime").AddPrometheusExporter());
        // a body or a query that cannot be read becomes an answer below
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.WebHost.ConfigureKestrel(k => Listen(k, settings, access));
        var app = builder.Build();

        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (Microsoft.AspNetCore.Http.BadHttpRequestException e) when (!context.Response.HasStarted)
            {
                context.Response.StatusCode = e.StatusCode;
                await context.Response.WriteAsJsonAsync(new Problem(e.InnerException?.Message ?? e.Message));
            }
        });

        HealthApi.Map(app, node);
        app.MapPrometheusScrapingEndpoint("/metrics");
        ApiDocument.Map(app);
        ClientSettingsPages.Map(app, node);

        string token = access.ReadOrCreateToken();
        var api = app.MapGroup("/api/v1").Refuses(StatusCodes.Status401Unauthorized);
        api.AddEndpointFilter(async (context, next) => AdminAccess.Matches(token, context.HttpContext.Request.Headers.Authorization)
            ? await next(context)
            : Results.Json(new Problem("the token of DATA-DIR/admin.token is needed, as \"Authorization: Bearer …\""), statusCode: StatusCodes.Status401Unauthorized));
        QueueApi.Map(api, node);
        StatusApi.Map(api, node);
        DestinationsApi.Map(api, node);
        ConfigApi.Map(api, reload);
        DirectoryApi.Map(api, node);
        TlsApi.Map(api, node);
        return app;
    }

    /// <summary>For a host that nothing but our own configuration counts for; the usual builders also watch every file below the working folder.</summary>
    public static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        return builder;
    }

    private static void Listen(KestrelServerOptions kestrel, MtaSettings settings, AdminAccess access)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxRequest;
        if (access.SocketPath is { } socket) kestrel.ListenUnixSocket(socket);
        foreach (var listener in settings.Listeners.Where(l => l.Kind == ListenerKind.Http)) kestrel.Listen(listener.EndPoint);
    }
}

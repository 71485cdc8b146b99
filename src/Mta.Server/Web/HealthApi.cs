using Mta.Spool;

namespace Mta.Server.Web;

/// <summary>Whether the node is alive and takes mail, for supervisors and balancers.</summary>
internal static class HealthApi
{
    public static void Map(IEndpointRouteBuilder app, MtaNode node)
    {
        var health = app.MapGroup("/health").WithTags("health");
        health.MapGet("/live", () => Results.Ok(new HealthView("live"))).WithSummary("The process answers.").Produces<HealthView>();
        health.MapGet("/ready", () => node.Spool.Status is { Health: SpoolHealth.Ok } && node.IsReady
                ? Results.Ok(new HealthView("ready"))
                : Results.Json(new HealthView(node.IsReady ? node.Spool.Status.Reason : "starting"), statusCode: StatusCodes.Status503ServiceUnavailable))
            .WithSummary("Mail is accepted; otherwise 503, and the status says why not.").Produces<HealthView>().Produces<HealthView>(StatusCodes.Status503ServiceUnavailable);
    }
}

/// <param name="Status">live, ready, starting, or what is wrong.</param>
internal sealed record HealthView(string Status);

using Mta.Accounts.Admin;
using Mta.Domains;

namespace Mta.Server.Web;

/// <summary>The domains that mail goes to, over HTTP: what <c>mta domain list|show|suspend|resume</c> use. <c>/local-domains</c> are ours.</summary>
internal static class DestinationsApi
{
    private const int DefaultLimit = 100, MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var domains = api.MapGroup("/domains").AddEndpointFilter(Refusals);
        domains.MapGet("", async (int? limit, CancellationToken cancel) =>
            Results.Ok(await node.Destinations.ListAsync(Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel)));
        domains.MapGet("/{domain}", async (string domain, CancellationToken cancel) =>
        {
            var destination = await node.Destinations.ShowAsync(domain, cancel);
            return Results.Ok(new DestinationWhole(destination, destination.IsLocal ? await node.Accounts.Domains.ShowAsync(destination.Domain, cancel) : null));
        });
        domains.MapPut("/{domain}/suspension", (string domain, NewSuspension body) => Results.Ok(node.Destinations.Suspend(
            domain, body.Seconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, -1, uint.MaxValue)) : null, body.Reason ?? "")));
        domains.MapDelete("/{domain}/suspension", (string domain) => node.Destinations.Resume(domain)
            ? Results.Ok(new { Domain = Destinations.Parse(domain) })
            : Results.NotFound(new Problem($"{Destinations.Parse(domain)} is not suspended")));
    }

    private static async ValueTask<object?> Refusals(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ArgumentException e)
        {
            return Results.BadRequest(new Problem(e.Message));
        }
        catch (IOException e)
        {
            return Results.Json(new Problem($"it cannot be stored, nothing has changed: {e.Message}"), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <param name="Seconds">How long; null: until it is ended.</param>
    internal sealed record NewSuspension(long? Seconds, string? Reason);
}

/// <summary>A domain that mail goes to, and, where its mail ends here, what there is about that.</summary>
internal sealed record DestinationWhole(Destination Destination, DomainInfo? Local);

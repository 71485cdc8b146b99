using System.ComponentModel;
using Mta.Accounts.Admin;
using Mta.Domains;

namespace Mta.Server.Web;

/// <summary>The domains that mail goes to, over HTTP: what <c>mta domain list|show|suspend|resume</c> use. <c>/local-domains</c> are ours.</summary>
internal static class DestinationsApi
{
    private const int DefaultLimit = 100, MaxLimit = 1000;
    private const string Name = "A destination domain, such as example.com.";

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var domains = api.MapGroup("/domains").WithTags("destinations").AddEndpointFilter(Refusals).Refuses(StatusCodes.Status400BadRequest);
        domains.MapGet("", async ([Description("Domains at most; 100 if not given, 1000 at most.")] int? limit, CancellationToken cancel) =>
            Results.Ok(await node.Destinations.ListAsync(Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel)))
            .Describe<DestinationList>("The domains with the most mail, and those that are suspended.");
        domains.MapGet("/{domain}", async ([Description(Name)] string domain, CancellationToken cancel) =>
        {
            var destination = await node.Destinations.ShowAsync(domain, cancel);
            return Results.Ok(new DestinationWhole(destination, destination.IsLocal ? await node.Accounts.Domains.ShowAsync(destination.Domain, cancel) : null));
        }).Describe<DestinationWhole>("What waits for one domain and what it is doing; one that has no mail is idle.");
        domains.MapPut("/{domain}/suspension", ([Description(Name)] string domain, NewSuspension body) => Results.Ok(node.Destinations.Suspend(
            domain, body.Seconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, -1, uint.MaxValue)) : null, body.Reason ?? "")))
            .Describe<DomainSuspension>("Sends nothing more to a domain, for a time or until it is resumed; what is under way ends.", StatusCodes.Status503ServiceUnavailable);
        domains.MapDelete("/{domain}/suspension", ([Description(Name)] string domain) => node.Destinations.Resume(domain)
            ? Results.Ok(new ResumedDomain(Destinations.Parse(domain)))
            : Results.NotFound(new Problem($"{Destinations.Parse(domain)} is not suspended")))
            .Describe<ResumedDomain>("Lets mail go to a domain again.", StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
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

internal sealed record ResumedDomain(string Domain);

/// <summary>A domain that mail goes to, and, where its mail ends here, what there is about that.</summary>
internal sealed record DestinationWhole(Destination Destination, DomainInfo? Local);

using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>The domains whose mail ends here, over HTTP. <c>/domains</c> are those that mail goes to.</summary>
internal static class LocalDomainsApi
{
    /// <param name="route">See <see cref="MtaNode.RouteOf"/>.</param>
    public static void Map(IEndpointRouteBuilder api, DomainAdmin admin, Func<string, string?> route)
    {
        api.MapGet("/local-domains", async (string? after, int? limit, CancellationToken cancel) =>
        {
            var page = await admin.ListAsync(after, DirectoryApi.Limit(limit), cancel);
            return Results.Ok(page with { Entries = [.. page.Entries.Select(Routed)] });
        });
        api.MapGet("/local-domains/{domain}", async (string domain, CancellationToken cancel) => Results.Ok(Routed(await admin.ShowAsync(domain, cancel))));
        api.MapPost("/local-domains", async (NewDomain body, CancellationToken cancel) =>
        {
            var made = Routed(await admin.AddAsync(body.Name, body.CatchAll, cancel));
            return Results.Created($"/api/v1/local-domains/{made.Name}", made);
        });
        api.MapPatch("/local-domains/{domain}", async (string domain, DomainChange body, CancellationToken cancel) =>
            body.CatchAll is { } catchAll ? Results.Ok(Routed(await admin.SetCatchAllAsync(domain, catchAll, cancel))) : Results.BadRequest(new Problem("say catchAll; \"\" for none")));
        api.MapDelete("/local-domains/{domain}", async (string domain, CancellationToken cancel) => Results.Ok(await admin.RemoveAsync(domain, cancel)));

        DomainInfo Routed(DomainInfo domain) => domain with { Route = route(domain.Name) };
    }

    internal sealed record NewDomain(string? Name, string? CatchAll);

    internal sealed record DomainChange(string? CatchAll);
}

using System.ComponentModel;
using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>The domains whose mail ends here, over HTTP. <c>/domains</c> are those that mail goes to.</summary>
internal static class LocalDomainsApi
{
    /// <param name="route">See <see cref="MtaNode.RouteOf"/>.</param>
    public static void Map(IEndpointRouteBuilder api, DomainAdmin admin, Func<string, string?> route)
    {
        var group = api.MapGroup("/local-domains").WithTags("local domains");
        group.MapGet("", async ([Description(DirectoryApi.After)] string? after, [Description(DirectoryApi.Limits)] int? limit, CancellationToken cancel) =>
        {
            var page = await admin.ListAsync(after, DirectoryApi.Limit(limit), cancel);
            return Results.Ok(page with { Entries = [.. page.Entries.Select(Routed)] });
        }).Describe<Page<DomainInfo>>("The domains whose mail ends here.");
        group.MapGet("/{domain}", async ([Description(DirectoryApi.OurDomain)] string domain, CancellationToken cancel) => Results.Ok(Routed(await admin.ShowAsync(domain, cancel))))
            .Describe<DomainInfo>("One domain.", StatusCodes.Status404NotFound);
        group.MapPost("", async (NewDomain body, CancellationToken cancel) =>
        {
            var made = Routed(await admin.AddAsync(body.Name, body.CatchAll, cancel));
            return Results.Created($"/api/v1/local-domains/{made.Name}", made);
        }).Describe<DomainInfo>(StatusCodes.Status201Created, "Takes mail for a domain from now on.", StatusCodes.Status409Conflict);
        group.MapPatch("/{domain}", async ([Description(DirectoryApi.OurDomain)] string domain, DomainChange body, CancellationToken cancel) =>
            body.CatchAll is { } catchAll ? Results.Ok(Routed(await admin.SetCatchAllAsync(domain, catchAll, cancel))) : Results.BadRequest(new Problem("say catchAll; \"\" for none")))
            .Describe<DomainInfo>("Changes a domain: says where mail for addresses goes that do not exist.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        group.MapDelete("/{domain}", async ([Description(DirectoryApi.OurDomain)] string domain, CancellationToken cancel) => Results.Ok(await admin.RemoveAsync(domain, cancel)))
            .Describe<DomainInfo>("Removes a domain that has no accounts and no aliases any more.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        DomainInfo Routed(DomainInfo domain) => domain with { Route = route(domain.Name) };
    }

    internal sealed record NewDomain(string? Name, string? CatchAll);

    internal sealed record DomainChange(string? CatchAll);
}

using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>Aliases and groups over HTTP: what <c>mta alias</c> uses.</summary>
internal static class AliasesApi
{
    public static void Map(IEndpointRouteBuilder api, AliasAdmin admin)
    {
        api.MapGet("/aliases", async (string? domain, string? after, int? limit, CancellationToken cancel) =>
            Results.Ok(await admin.ListAsync(domain, after, DirectoryApi.Limit(limit), cancel)));
        api.MapGet("/aliases/{address}", async (string address, CancellationToken cancel) => Results.Ok(await admin.ShowAsync(address, cancel)));
        // one that is there gets the targets added
        api.MapPost("/aliases", async (NewAlias body, CancellationToken cancel) => Results.Ok(await admin.AddAsync(body.Address, body.Targets ?? [], cancel)));
        api.MapDelete("/aliases/{address}", async (string address, string[]? target, CancellationToken cancel) =>
            Results.Ok(await admin.RemoveAsync(address, target ?? [], cancel)));
    }

    internal sealed record NewAlias(string? Address, string[]? Targets);
}

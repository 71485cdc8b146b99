using System.ComponentModel;
using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>Aliases and groups over HTTP: what <c>mta alias</c> uses.</summary>
internal static class AliasesApi
{
    public static void Map(IEndpointRouteBuilder api, AliasAdmin admin)
    {
        var group = api.MapGroup("/aliases").WithTags("aliases");
        group.MapGet("", async (
            [Description(DirectoryApi.InDomain)] string? domain, [Description(DirectoryApi.After)] string? after, [Description(DirectoryApi.Limits)] int? limit, CancellationToken cancel) =>
            Results.Ok(await admin.ListAsync(domain, after, DirectoryApi.Limit(limit), cancel)))
            .Describe<Page<AliasInfo>>("The aliases and groups.");
        group.MapGet("/{address}", async ([Description(DirectoryApi.Alias)] string address, CancellationToken cancel) => Results.Ok(await admin.ShowAsync(address, cancel)))
            .Describe<AliasInfo>("One alias and where it leads.", StatusCodes.Status404NotFound);
        group.MapPost("", async (NewAlias body, CancellationToken cancel) => Results.Ok(await admin.AddAsync(body.Address, body.Targets ?? [], cancel)))
            .Describe<AliasInfo>("Makes an alias; one that is there gets the targets added.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        group.MapDelete("/{address}", async (
            [Description(DirectoryApi.Alias)] string address, [Description("Only these of its targets; without any the alias itself.")] string[]? target, CancellationToken cancel) =>
            Results.Ok(await admin.RemoveAsync(address, target ?? [], cancel)))
            .Describe<AliasInfo>("Removes an alias, or some of its targets; the answer is what is left.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    internal sealed record NewAlias(string? Address, string[]? Targets);
}

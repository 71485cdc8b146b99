using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>Accounts, with their passwords and sender rights, over HTTP: what <c>mta account</c> uses.</summary>
internal static class AccountsApi
{
    public static void Map(IEndpointRouteBuilder api, DirectoryAdmin directory)
    {
        var (group, admin) = (api.MapGroup("/accounts"), directory.Accounts);

        group.MapGet("", async (string? domain, string? after, int? limit, CancellationToken cancel) =>
            Results.Ok(await admin.ListAsync(domain, after, DirectoryApi.Limit(limit), cancel)));
        group.MapPost("", async (NewAccount body, CancellationToken cancel) =>
        {
            var made = await admin.AddAsync(body.Address, body.Password, body.Quota ?? 0, body.MessagesPerHour ?? 0, cancel);
            return Results.Created($"/api/v1/accounts/{Uri.EscapeDataString(made.Address)}", made);
        });
        group.MapGet("/{address}", async (string address, CancellationToken cancel) => Results.Ok(await WholeAsync(directory, address, cancel)));
        group.MapPatch("/{address}", async (string address, AccountChange body, CancellationToken cancel) =>
            Results.Ok(await admin.ChangeAsync(address, body, cancel)));
        group.MapPut("/{address}/password", async (string address, NewPassword body, CancellationToken cancel) =>
            Results.Ok(await admin.SetPasswordAsync(address, body.Password, cancel)));
        group.MapDelete("/{address}", async (string address, CancellationToken cancel) => Results.Ok(await admin.RemoveAsync(address, cancel)));
        AppPasswords(group, directory.AppPasswords);
        SenderRights(group, directory.SenderRights);
    }

    private static void AppPasswords(IEndpointRouteBuilder accounts, AppPasswordAdmin admin)
    {
        accounts.MapGet("/{address}/app-passwords", async (string address, CancellationToken cancel) => Results.Ok(await admin.ListAsync(address, cancel)));
        accounts.MapPost("/{address}/app-passwords", async (string address, Named body, CancellationToken cancel) =>
            Results.Json(await admin.AddAsync(address, body.Name, cancel), statusCode: StatusCodes.Status201Created));
        // the name in the query: it may hold what a path cannot
        accounts.MapDelete("/{address}/app-passwords", async (string address, string name, CancellationToken cancel) =>
        {
            await admin.RemoveAsync(address, name, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        });
    }

    private static void SenderRights(IEndpointRouteBuilder accounts, SenderRightAdmin admin)
    {
        accounts.MapGet("/{address}/sender-rights", async (string address, CancellationToken cancel) => Results.Ok(await admin.ListAsync(address, cancel)));
        accounts.MapPost("/{address}/sender-rights", async (string address, Addressed body, CancellationToken cancel) =>
        {
            await admin.GrantAsync(address, body.Address, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        });
        accounts.MapDelete("/{address}/sender-rights", async (string address, string right, CancellationToken cancel) =>
        {
            await admin.RevokeAsync(address, right, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        });
    }

    private static async Task<AccountWhole> WholeAsync(DirectoryAdmin directory, string address, CancellationToken cancel) => new(
        await directory.Accounts.ShowAsync(address, cancel),
        await directory.AppPasswords.ListAsync(address, cancel),
        await directory.SenderRights.ListAsync(address, cancel));

    internal sealed record NewAccount(string? Address, string? Password, long? Quota, int? MessagesPerHour);

    internal sealed record NewPassword(string? Password);

    internal sealed record Named(string? Name);

    internal sealed record Addressed(string? Address);
}

/// <summary>An account with what belongs to it.</summary>
internal sealed record AccountWhole(AccountInfo Account, IReadOnlyList<AppPasswordInfo> AppPasswords, IReadOnlyList<string> SenderRights);

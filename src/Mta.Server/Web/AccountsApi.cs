using System.ComponentModel;
using Mta.Accounts.Admin;
using Mta.Mailbox;

namespace Mta.Server.Web;

/// <summary>Accounts, with their passwords and sender rights, over HTTP: what <c>mta account</c> uses.</summary>
internal static class AccountsApi
{
    public static void Map(IEndpointRouteBuilder api, DirectoryAdmin directory, MailboxClient mailboxes)
    {
        var (group, admin) = (api.MapGroup("/accounts").WithTags("accounts"), directory.Accounts);

        group.MapGet("", async (
            [Description(DirectoryApi.InDomain)] string? domain, [Description(DirectoryApi.After)] string? after, [Description(DirectoryApi.Limits)] int? limit, CancellationToken cancel) =>
        {
            var page = await admin.ListAsync(domain, after, DirectoryApi.Limit(limit), cancel);
            return Results.Ok(page with { Entries = await Task.Run(() => page.Entries.Select(a => WithUsage(a, mailboxes.Store)).ToArray(), cancel) });
        }).Describe<Page<AccountInfo>>("The accounts, with what their mailboxes hold.");
        group.MapPost("", async (NewAccount body, CancellationToken cancel) =>
        {
            var made = await admin.AddAsync(body.Address, body.Password, body.Quota ?? 0, body.MessagesPerHour ?? 0, cancel);
            return Results.Created($"/api/v1/accounts/{Uri.EscapeDataString(made.Address)}", made);
        }).Describe<AccountInfo>(StatusCodes.Status201Created, "Makes an account; without a password nobody can sign in to it yet.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        group.MapGet("/{address}", async ([Description(DirectoryApi.Account)] string address, CancellationToken cancel) => Results.Ok(await WholeAsync(directory, mailboxes.Store, address, cancel)))
            .Describe<AccountWhole>("One account with its app passwords and what it may send as.", StatusCodes.Status404NotFound);
        group.MapPatch("/{address}", async ([Description(DirectoryApi.Account)] string address, AccountChange body, CancellationToken cancel) =>
            Results.Ok(await admin.ChangeAsync(address, body, cancel)))
            .Describe<AccountInfo>("Changes limits, or shuts and opens an account; what is not named stays.", StatusCodes.Status404NotFound);
        group.MapPut("/{address}/password", async ([Description(DirectoryApi.Account)] string address, NewPassword body, CancellationToken cancel) =>
            Results.Ok(await admin.SetPasswordAsync(address, body.Password, cancel)))
            .Describe<AccountInfo>("Sets the password; null takes it away.", StatusCodes.Status404NotFound);
        group.MapDelete("/{address}", async ([Description(DirectoryApi.Account)] string address, CancellationToken cancel) =>
        {
            var gone = await admin.RemoveAsync(address, cancel);
            await mailboxes.RemoveAccountAsync(gone.Id);
            return Results.Ok(gone);
        }).Describe<AccountInfo>("Removes an account that nothing leads to any more, and its mailboxes.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        AppPasswords(group, directory.AppPasswords);
        SenderRights(group, directory.SenderRights);
    }

    private static void AppPasswords(IEndpointRouteBuilder accounts, AppPasswordAdmin admin)
    {
        accounts.MapGet("/{address}/app-passwords", async ([Description(DirectoryApi.Account)] string address, CancellationToken cancel) => Results.Ok(await admin.ListAsync(address, cancel)))
            .Describe<IReadOnlyList<AppPasswordInfo>>("The names of its app passwords.", StatusCodes.Status404NotFound);
        accounts.MapPost("/{address}/app-passwords", async ([Description(DirectoryApi.Account)] string address, Named body, CancellationToken cancel) =>
            Results.Json(await admin.AddAsync(address, body.Name, cancel), statusCode: StatusCodes.Status201Created))
            .Describe<NewAppPassword>(StatusCodes.Status201Created, "Makes an app password, which this answer alone shows.", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        // the name in the query: it may hold what a path cannot
        accounts.MapDelete("/{address}/app-passwords", async ([Description(DirectoryApi.Account)] string address, [Description("Which of them.")] string name, CancellationToken cancel) =>
        {
            await admin.RemoveAsync(address, name, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        }).Describe<IReadOnlyList<AppPasswordInfo>>("Removes an app password; the answer is what is left.", StatusCodes.Status404NotFound);
    }

    private static void SenderRights(IEndpointRouteBuilder accounts, SenderRightAdmin admin)
    {
        accounts.MapGet("/{address}/sender-rights", async ([Description(DirectoryApi.Account)] string address, CancellationToken cancel) => Results.Ok(await admin.ListAsync(address, cancel)))
            .Describe<IReadOnlyList<string>>("What it may send as, beside the addresses that lead to it.", StatusCodes.Status404NotFound);
        accounts.MapPost("/{address}/sender-rights", async ([Description(DirectoryApi.Account)] string address, Addressed body, CancellationToken cancel) =>
        {
            await admin.GrantAsync(address, body.Address, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        }).Describe<IReadOnlyList<string>>("Lets it send as another address, or as all of a domain (*@example.com).", StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        accounts.MapDelete("/{address}/sender-rights", async (
            [Description(DirectoryApi.Account)] string address, [Description("Which of them.")] string right, CancellationToken cancel) =>
        {
            await admin.RevokeAsync(address, right, cancel);
            return Results.Ok(await admin.ListAsync(address, cancel));
        }).Describe<IReadOnlyList<string>>("Takes a right away; the answer is what is left.", StatusCodes.Status404NotFound);
    }

    private static AccountInfo WithUsage(AccountInfo account, MailStore mail)
    {
        using var reader = mail.Read(account.Id);
        var (octets, messages) = reader.Usage();
        return account with { Usage = new(octets, messages) };
    }

    private static async Task<AccountWhole> WholeAsync(DirectoryAdmin directory, MailStore mail, string address, CancellationToken cancel)
    {
        var account = await directory.Accounts.ShowAsync(address, cancel);
        return new(await Task.Run(() => WithUsage(account, mail), cancel), await directory.AppPasswords.ListAsync(address, cancel), await directory.SenderRights.ListAsync(address, cancel));
    }

    internal sealed record NewAccount(string? Address, string? Password, long? Quota, int? MessagesPerHour);

    internal sealed record NewPassword(string? Password);

    internal sealed record Named(string? Name);

    internal sealed record Addressed(string? Address);
}

/// <summary>An account with what belongs to it.</summary>
internal sealed record AccountWhole(AccountInfo Account, IReadOnlyList<AppPasswordInfo> AppPasswords, IReadOnlyList<string> SenderRights);

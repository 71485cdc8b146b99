using System.ComponentModel;
using Mta.Mailbox.Verify;

namespace Mta.Server.Web;

/// <summary>The store of the mailboxes over HTTP: what <c>mta store verify</c> uses.</summary>
internal static class StoreApi
{
    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var check = new StoreCheck(node.Mailboxes, node.Accounts.Accounts);
        var group = api.MapGroup("/store").WithTags("store");
        group.MapPost("/check", async (
            [Description("Only this account, without the file; all if not given.")] string? account,
            [Description("Where to go on, as \"next\" of the part before says; from the beginning if not given.")] string? after,
            [Description("true: repair what can be.")] bool? repair, CancellationToken cancel) =>
            Results.Ok(await check.RunAsync(account, after, repair == true, cancel)))
            .Describe<StoreCheckPage>("Checks a part of the store while it is in use. Ask again with \"next\" until there is none.", StatusCodes.Status404NotFound);
    }
}

using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>Domains, accounts, aliases and mailboxes over HTTP.</summary>
internal static class DirectoryApi
{
    private const int DefaultLimit = 100;

    // what several of its routes take
    public const string
        Limits = "Entries at most; 100 if not given, 10000 at most.", After = "The entries after this one, as \"next\" of the page before says.", InDomain = "Only those of this domain.",
        OurDomain = "A domain of ours.", Account = "An account's main address.", Alias = "An alias.";

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var directory = api.MapGroup("").AddEndpointFilter<RouteGroupBuilder, DirectoryErrors>().Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status503ServiceUnavailable);
        LocalDomainsApi.Map(directory, node.Accounts.Domains, node.RouteOf);
        AccountsApi.Map(directory, node.Accounts, node.Mailboxes);
        AliasesApi.Map(directory, node.Accounts.Aliases);
        MailboxesApi.Map(directory, node);
        StoreApi.Map(directory, node);
    }

    public static int Limit(int? asked) => Math.Clamp(asked ?? DefaultLimit, 1, DirectoryAdmin.MaxList);
}

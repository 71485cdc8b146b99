using Mta.Accounts.Admin;

namespace Mta.Server.Web;

/// <summary>Domains, accounts and aliases over HTTP.</summary>
internal static class DirectoryApi
{
    private const int DefaultLimit = 100;

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var directory = api.MapGroup("").AddEndpointFilter<RouteGroupBuilder, DirectoryErrors>();
        LocalDomainsApi.Map(directory, node.Accounts.Domains, node.RouteOf);
        AccountsApi.Map(directory, node.Accounts);
        AliasesApi.Map(directory, node.Accounts.Aliases);
    }

    public static int Limit(int? asked) => Math.Clamp(asked ?? DefaultLimit, 1, DirectoryAdmin.MaxList);
}

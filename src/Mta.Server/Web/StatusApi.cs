
namespace Mta.Server.Web;

/// <summary>What the node is doing, over HTTP.</summary>
internal static class StatusApi
{
    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        api.MapGet("/status", async (CancellationToken cancel) =>
        {
            var queue = await node.Queue.StatusAsync(cancel);
            return Results.Ok(new { node.Hostname, Ready = node.IsReady, Queue = queue, Spool = node.Spool.Status });
        });
        api.MapGet("/domains", async () => Results.Ok(await node.DescribeAllAsync()));
        api.MapGet("/domains/{domain}", async (string domain) => await node.DescribeAsync(domain) is { } status
            ? Results.Ok(status)
            : Results.NotFound(new Problem($"{domain} does not answer")));
    }
}

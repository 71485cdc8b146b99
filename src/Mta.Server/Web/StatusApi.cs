using System.ComponentModel;
using Mta.Domains;
using Mta.Queue;
using Mta.Spool;

namespace Mta.Server.Web;

/// <summary>What the node is doing, over HTTP.</summary>
internal static class StatusApi
{
    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var group = api.MapGroup("").WithTags("status");
        group.MapGet("/status", async (CancellationToken cancel) =>
            Results.Ok(new NodeStatus(node.Hostname, node.IsReady, await node.Queue.StatusAsync(cancel), node.Spool.Status)))
            .Describe<NodeStatus>("The node, its queue with the ledger of all recipients ever accepted, and its spool.");
        group.MapGet("/domains", async () => Results.Ok(await node.DescribeAllAsync()))
            .Describe<DomainStatuses>("What the destination domains are doing that have mail.");
        group.MapGet("/domains/{domain}", async ([Description("A destination domain, such as example.com.")] string domain) => await node.DescribeAsync(domain) is { } status
            ? Results.Ok(status)
            : Results.NotFound(new Problem($"{domain} does not answer")))
            .Describe<DomainStatus>("What one destination domain is doing.", StatusCodes.Status404NotFound);
    }
}

internal sealed record NodeStatus(string Hostname, bool Ready, QueueProtocol.PartitionStatus Queue, SpoolStatus Spool);

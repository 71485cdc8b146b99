using System.ComponentModel;
using Mta.Delivery;
using Mta.Queue;
using Mta.Spool;

namespace Mta.Server.Web;

/// <summary>What the node is doing, over HTTP.</summary>
internal static class StatusApi
{
    private const int MaxLimit = 100;

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var group = api.MapGroup("").WithTags("status");
        group.MapGet("/status", async (CancellationToken cancel) =>
            Results.Ok(new NodeStatus(node.Hostname, node.IsReady, await node.Queue.StatusAsync(cancel), node.Spool.Status)))
            .Describe<NodeStatus>("The node, its queue with the ledger of all recipients ever accepted, and its spool.");
        group.MapGet("/overview", async ([Description("Domains at most, of each kind; 10 if not given, 100 at most.")] int? limit, CancellationToken cancel) =>
            Results.Ok(await OverviewAsync(node, Math.Clamp(limit ?? 10, 0, MaxLimit), cancel)))
            .Describe<Overview>("All that mta top shows.");
    }

    private static async Task<Overview> OverviewAsync(MtaNode node, int limit, CancellationToken cancel)
    {
        var (queue, listeners, summary) = (node.Queue.StatusAsync(cancel), node.ListenersAsync(cancel), node.Destinations.SummaryAsync(limit, cancel));
        var attempts = await node.Queue.AttemptsAsync(cancel);
        var spool = node.Spool.Status;
        return new(node.Clock.GetUtcNow(), node.Hostname, node.IsReady, spool.Health == SpoolHealth.Ok ? null : spool.Reason, await queue, attempts.Deferrals,
            await listeners, DeliveryMetrics.OpenConnections, node.Destinations.Suspended, await summary);
    }
}

/// <summary>What the node is doing, at a glance: the numbers that rise are since the queue was made, <see cref="Deferrals"/> since the start.</summary>
/// <param name="Trouble">Why no mail is taken, or null.</param>
/// <param name="Outgoing">Connections to other hosts.</param>
/// <param name="Suspended">Domains to which nothing is sent.</param>
internal sealed record Overview(
    DateTimeOffset At, string Hostname, bool Ready, string? Trouble, QueueProtocol.PartitionStatus Queue, long Deferrals, IReadOnlyList<ListenerView> Listeners,
    int Outgoing, int Suspended, DestinationSummary Destinations);

internal sealed record NodeStatus(string Hostname, bool Ready, QueueProtocol.PartitionStatus Queue, SpoolStatus Spool);

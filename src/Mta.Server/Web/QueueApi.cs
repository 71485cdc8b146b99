using Akka.Actor;
using Mta.Domains;
using Mta.Mail;
using Mta.Queue;

namespace Mta.Server.Web;

/// <summary>The queue over HTTP: what <c>mta queue</c> uses.</summary>
internal static class QueueApi
{
    private const int DefaultLimit = 100, MaxLimit = 10_000;

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        api.MapGet("/queue", async (string? id, string? sender, string? recipient, string? domain, int? limit, CancellationToken cancel) =>
        {
            if (!TryFilter(id, sender, recipient, domain, out var filter)) return BadId(id);
            var listing = await node.Queue.ListAsync(filter, Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel);
            return Results.Ok(new QueueList(listing.Total, [.. listing.Entries.Select(e => MessageView.Of(e, null))]));
        });

        api.MapGet("/queue/summary", async (int? limit, CancellationToken cancel) =>
            Results.Ok(await node.Destinations.SummaryAsync(Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel)));

        api.MapGet("/queue/{id}", async (string id, CancellationToken cancel) =>
        {
            if (!MessageId.TryParse(id, out var parsed)) return BadId(id);
            var listing = await node.Queue.ListAsync(new(parsed), 1, cancel);
            if (listing.Entries is not [var entry]) return Results.NotFound(new Problem($"no message {id} in the queue"));
            return Results.Ok(MessageView.Of(entry, await Reasons(node, entry)));
        });

        api.MapPost("/queue/{action:alpha}", async (string action, string? id, string? sender, string? recipient, string? domain, bool? all, CancellationToken cancel) =>
        {
            if (!TryFilter(id, sender, recipient, domain, out var filter)) return BadId(id);
            bool flush = action == "flush";
            if (!Enum.TryParse<QueueAction>(flush ? "retry" : action, ignoreCase: true, out var change))
                return Results.BadRequest(new Problem($"unknown action \"{action}\""));
            // a slip of the pen must not hit everything
            if (!flush && all != true && filter == new QueueFilter())
                return Results.BadRequest(new Problem("name an id, sender, recipient or domain, or say all"));
            if (flush) node.Domains.Tell(new DomainProtocol.Refresh(domain), ActorRefs.NoSender);
            var changed = await node.Queue.ChangeAsync(filter, change, cancel);
            return Results.Ok(changed);
        });
    }

    private static async Task<string[]> Reasons(MtaNode node, QueueEntry entry)
    {
        var now = node.Clock.GetUtcNow();
        var domains = new Dictionary<string, DomainStatus?>();
        foreach (var recipient in entry.Recipients)
            if (!domains.ContainsKey(recipient.Domain)) domains.Add(recipient.Domain, await node.Destinations.DescribeAsync(recipient.Domain));
        return [.. entry.Recipients.Select(r => WaitReason.Explain(entry, r, domains[r.Domain], now))];
    }

    private static bool TryFilter(string? id, string? sender, string? recipient, string? domain, out QueueFilter filter)
    {
        MessageId? parsed = null;
        bool good = id is null;
        if (id is not null && MessageId.TryParse(id, out var value)) (parsed, good) = (value, true);
        filter = new(parsed, sender, recipient, domain);
        return good;
    }

    private static IResult BadId(string? id) => Results.BadRequest(new Problem($"\"{id}\" is not a queue id: 13 letters and digits, as the 250 reply shows"));
}

/// <summary>An error of the API.</summary>
internal sealed record Problem(string Error);

internal sealed record QueueList(int Total, MessageView[] Messages);

/// <summary>A message as the API shows it.</summary>
internal sealed record MessageView(
    string Id, string Sender, DateTimeOffset ReceivedAt, long Size, bool Held, int Priority, string ClientAddress, RecipientView[] Recipients)
{
    public static MessageView Of(QueueEntry e, string[]? reasons) => new(
        e.Id.ToString(), e.Sender, e.ReceivedAt, e.Size, e.Held, e.Priority, e.ClientAddress,
        [.. e.Recipients.Select((r, i) => new RecipientView(
            r.Address, r.Domain, Name(r), r.Attempts, r.Due, r.LastReply, r.LastHost, reasons?[i]))]);

    private static string Name(QueueEntryRecipient r) => r.Status switch
    {
        RecipientStatus.Scheduled when r.Attempts > 0 => "deferred",
        RecipientStatus.InFlight => "in-flight",
        _ => r.Status.ToString().ToLowerInvariant(),
    };
}

internal sealed record RecipientView(
    string Address, string Domain, string Status, int Attempts, DateTimeOffset? Due, string? LastReply, string? LastHost, string? Why);

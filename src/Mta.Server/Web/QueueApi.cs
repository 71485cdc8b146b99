using System.ComponentModel;
using Akka.Actor;
using Mta.Domains;
using Mta.Mail;
using Mta.Queue;

namespace Mta.Server.Web;

/// <summary>The queue over HTTP: what <c>mta queue</c> uses.</summary>
internal static class QueueApi
{
    private const int DefaultLimit = 100, MaxLimit = 10_000;
    private const string Id = "A queue id.", Sender = "A reverse-path; empty for notifications.", Recipient = "A recipient's address.", Domain = "A destination domain.";

    public static void Map(IEndpointRouteBuilder api, MtaNode node)
    {
        var group = api.MapGroup("/queue").WithTags("queue");
        group.MapGet("", async (
            [Description(Id)] string? id, [Description(Sender)] string? sender, [Description(Recipient)] string? recipient, [Description(Domain)] string? domain,
            [Description("Messages at most, 0 for none but the total; 100 if not given, 10000 at most.")] int? limit, CancellationToken cancel) =>
        {
            if (!TryFilter(id, sender, recipient, domain, out var filter)) return BadId(id);
            var listing = await node.Queue.ListAsync(filter, Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel);
            return Results.Ok(new QueueList(listing.Total, [.. listing.Entries.Select(e => MessageView.Of(e, null))]));
        }).Describe<QueueList>("The queued messages that match all of the filters, oldest first.", StatusCodes.Status400BadRequest);

        group.MapGet("/summary", async (
            [Description("Domains at most, of each kind; 100 if not given.")] int? limit, CancellationToken cancel) =>
            Results.Ok(await node.Destinations.SummaryAsync(Math.Clamp(limit ?? DefaultLimit, 0, MaxLimit), cancel)))
            .Describe<DestinationSummary>("The queue by age, and the domains with the most mail, the most traffic and the most trouble.");

        group.MapGet("/{id}", async ([Description("The queue id, as the 250 reply and the log show it.")] string id, CancellationToken cancel) =>
        {
            if (!MessageId.TryParse(id, out var parsed)) return BadId(id);
            var listing = await node.Queue.ListAsync(new(parsed), 1, cancel);
            if (listing.Entries is not [var entry]) return Results.NotFound(new Problem($"no message {id} in the queue"));
            return Results.Ok(MessageView.Of(entry, await Reasons(node, entry)));
        }).Describe<MessageView>("One message, and what each of its recipients waits for.", StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

        MapChange(group, node, "retry", QueueAction.Retry, "Tries the recipients that match all of the filters now.");
        MapChange(group, node, "hold", QueueAction.Hold, "Holds the messages that match: nothing is tried until they are released.");
        MapChange(group, node, "release", QueueAction.Release, "Lets held messages go on.");
        MapChange(group, node, "bounce", QueueAction.Bounce, "Gives the recipients that match up, and tells the senders.");
        MapChange(group, node, "drop", QueueAction.Drop, "Gives the recipients that match up, and tells nobody.");
        MapChange(group, node, "flush", QueueAction.Retry, "As retry, and forgets what is known of failing hosts; without a filter for all messages.", isFlush: true);
    }

    private static void MapChange(IEndpointRouteBuilder group, MtaNode node, string name, QueueAction change, string summary, bool isFlush = false) =>
        group.MapPost($"/{name}", async (
            [Description(Id)] string? id, [Description(Sender)] string? sender, [Description(Recipient)] string? recipient, [Description(Domain)] string? domain,
            [Description("true: no filter is meant to be all messages.")] bool? all, CancellationToken cancel) =>
        {
            if (!TryFilter(id, sender, recipient, domain, out var filter)) return BadId(id);
            // a slip of the pen must not hit everything
            if (!isFlush && all != true && filter == new QueueFilter())
                return Results.BadRequest(new Problem("name an id, sender, recipient or domain, or say all"));
            if (isFlush) node.Domains.Tell(new DomainProtocol.Refresh(domain), ActorRefs.NoSender);
            return Results.Ok(await node.Queue.ChangeAsync(filter, change, cancel));
        }).Describe<QueueProtocol.Changed>(summary, StatusCodes.Status400BadRequest);

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

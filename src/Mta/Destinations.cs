using System.Collections.Immutable;
using Akka.Actor;
using Mta.Accounts;
using Mta.Domains;
using Mta.Protocol.Addresses;
using Mta.Queue;

namespace Mta;

/// <summary>The domains that mail goes to, for the edges of the program: what waits for each, what it is doing, and whether anything is to be sent there at all.</summary>
public sealed class Destinations
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);
    private readonly IActorRef _domains;
    private readonly QueueClient _queue;
    private readonly DomainSuspensions _suspensions;
    private readonly IDirectory _directory;

    internal Destinations(IActorRef domains, QueueClient queue, DomainSuspensions suspensions, IDirectory directory) =>
        (_domains, _queue, _suspensions, _directory) = (domains, queue, suspensions, directory);

    /// <summary>How many are suspended.</summary>
    public int Suspended => _suspensions.Count;

    /// <summary>The form in which a domain or an address literal is named here. Throws <see cref="ArgumentException"/> with a line for the operator.</summary>
    public static string Parse(string domain) => DomainName.Normalize(domain) ?? throw new ArgumentException($"\"{domain}\" is no domain, such as example.com");

    /// <summary>What a domain (lower case) is doing, or null when that cannot be said in time.</summary>
    public async Task<DomainStatus?> DescribeAsync(string domain)
    {
        try
        {
            var status = await _domains.Ask<DomainStatus>(new DomainProtocol.Describe(domain), AskLimit).ConfigureAwait(false);
            return status with { Suspension = _suspensions.Find(domain) };
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Those with the most mail, and those that are suspended.</summary>
    public async Task<DestinationList> ListAsync(int limit, CancellationToken cancel)
    {
        var (survey, attempts) = await LookAsync(cancel).ConfigureAwait(false);
        var suspended = _suspensions.All.ToArray();
        var queues = survey.Domains.ToDictionary(q => q.Domain, StringComparer.Ordinal);
        string[] domains = [.. survey.Domains.Select(q => q.Domain).Union(suspended.Select(s => s.Domain), StringComparer.Ordinal)];
        return new(survey.At, domains.Length, survey.Others, await TellAsync(domains.Take(limit), queues, attempts).ConfigureAwait(false));
    }

    /// <summary>All that is known of one domain.</summary>
    public async Task<Destination> ShowAsync(string domain, CancellationToken cancel)
    {
        string name = Parse(domain);
        var survey = await _queue.SurveyAsync(name, cancel).ConfigureAwait(false);
        var attempts = await _queue.AttemptsAsync(cancel).ConfigureAwait(false);
        return new(name, survey.Domains.FirstOrDefault(), attempts.Domains.FirstOrDefault(a => a.Domain == name), await DescribeAsync(name).ConfigureAwait(false),
            _suspensions.Find(name), _directory.IsLocal(name));
    }

    /// <summary>The whole queue by age, and the domains of which there is most to be said, so many of each kind.</summary>
    public async Task<DestinationSummary> SummaryAsync(int limit, CancellationToken cancel)
    {
        var (survey, attempts) = await LookAsync(cancel).ConfigureAwait(false);
        var queues = survey.Domains.ToDictionary(q => q.Domain, StringComparer.Ordinal);
        int[] ages = new int[QueueShape.Columns];
        foreach (var queue in survey.Domains)
            for (int i = 0; i < ages.Length; i++) ages[i] += queue.Ages[i];
        var busy = attempts.Values.OrderByDescending(a => a.Delivered + a.Deferred + a.Failed).ThenBy(a => a.Domain, StringComparer.Ordinal).Select(a => a.Domain);
        // where much waits after it was tried in vain, or comes to nothing right now
        var sick = survey.Domains.Select(q => q.Domain).Union(attempts.Keys, StringComparer.Ordinal)
            .Select(d => (Domain: d, Deferred: queues.GetValueOrDefault(d)?.Deferred ?? 0, Now: attempts.GetValueOrDefault(d) is { } a ? a.Deferred + a.Failed : 0))
            .Where(d => d.Deferred > 0 || d.Now > 0)
            .OrderByDescending(d => d.Deferred).ThenByDescending(d => d.Now).ThenBy(d => d.Domain, StringComparer.Ordinal).Select(d => d.Domain);
        return new(survey.At, survey.Domains.Length, survey.Others, [.. ages], [.. survey.Domains.Take(limit)],
            await TellAsync(busy.Take(limit), queues, attempts).ConfigureAwait(false), await TellAsync(sick.Take(limit), queues, attempts).ConfigureAwait(false));
    }

    /// <summary>
    /// Sends nothing more to a domain, for a time or until <see cref="Resume"/>; what is under way ends. Throws <see cref="ArgumentException"/> with a
    /// line for the operator, and <see cref="IOException"/> where it cannot be stored: then nothing has changed.
    /// </summary>
    public DomainSuspension Suspend(string domain, TimeSpan? length, string reason)
    {
        string name = Parse(domain);
        var suspension = _suspensions.Suspend(name, length, reason);
        _domains.Tell(new DomainProtocol.Suspended(name), ActorRefs.NoSender);
        return suspension;
    }

    /// <summary>Lets mail go to a domain again; false where it was not suspended. Throws as <see cref="Suspend"/> does.</summary>
    public bool Resume(string domain) => _suspensions.Resume(Parse(domain));

    private async Task<(QueueProtocol.Surveyed Survey, Dictionary<string, DomainAttempts> Attempts)> LookAsync(CancellationToken cancel)
    {
        var survey = _queue.SurveyAsync(null, cancel);
        var attempts = await _queue.AttemptsAsync(cancel).ConfigureAwait(false);
        return (await survey.ConfigureAwait(false), attempts.Domains.ToDictionary(a => a.Domain, StringComparer.Ordinal));
    }

    private async Task<ImmutableArray<Destination>> TellAsync(
        IEnumerable<string> domains, Dictionary<string, DomainQueue> queues, Dictionary<string, DomainAttempts> attempts) =>
        [.. await Task.WhenAll(domains.Select(async d => new Destination(
            d, queues.GetValueOrDefault(d), attempts.GetValueOrDefault(d), await DescribeAsync(d).ConfigureAwait(false), _suspensions.Find(d), _directory.IsLocal(d)))).ConfigureAwait(false)];
}

/// <summary>A domain that mail goes to.</summary>
/// <param name="Queue">What waits for it; null: nothing.</param>
/// <param name="Attempts">What was tried within the last seconds; null: nothing.</param>
/// <param name="Status">What it is doing; null where that cannot be said.</param>
/// <param name="IsLocal">Its mail ends here: `mta domain local`.</param>
public sealed record Destination(string Domain, DomainQueue? Queue, DomainAttempts? Attempts, DomainStatus? Status, DomainSuspension? Suspension, bool IsLocal)
{
    /// <summary>In a word or a sentence.</summary>
    public string State => Suspension is { } s ? (s.Until is { } until ? $"suspended until {until:u}" : "suspended") + (s.Reason.Length > 0 ? $": {s.Reason}" : "") : Status?.State ?? "does not answer";

    /// <summary>What went wrong there last, or null.</summary>
    public string? LastReply => Attempts?.LastReply ?? Queue?.LastReply ?? Status?.LastError;
}

/// <param name="At">When it was counted.</param>
/// <param name="Total">Domains with mail, or suspended.</param>
/// <param name="Others">Recipients in domains that were too many to be counted each.</param>
public sealed record DestinationList(DateTimeOffset At, int Total, int Others, ImmutableArray<Destination> Domains);

/// <param name="Total">Domains with mail.</param>
/// <param name="Others">Recipients in domains that were too many to be counted each; they are not in <paramref name="Ages"/>.</param>
/// <param name="Ages">Recipients in each column of <see cref="QueueShape"/>.</param>
/// <param name="Domains">Those with the most mail.</param>
public sealed record DestinationSummary(
    DateTimeOffset At, int Total, int Others, ImmutableArray<int> Ages, ImmutableArray<DomainQueue> Domains, ImmutableArray<Destination> Busiest, ImmutableArray<Destination> Sickest);

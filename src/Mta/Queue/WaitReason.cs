using System.Globalization;
using Mta.Domains;

namespace Mta.Queue;

/// <summary>Says in a sentence what a queued recipient waits for: the answer of <c>mta queue why</c>.</summary>
public static class WaitReason
{
    /// <param name="domain">What the destination is doing, or null where it has no actor.</param>
    public static string Explain(QueueEntry entry, QueueEntryRecipient recipient, DomainStatus? domain, DateTimeOffset now)
    {
        string last = recipient.LastReply is null ? ""
            : recipient.LastHost is { Length: > 0 } host ? $" The last attempt, at {host}, ended with: {recipient.LastReply}"
            : $" The last attempt ended with: {recipient.LastReply}";
        string attempts = recipient.Attempts == 1 ? "1 attempt" : string.Create(CultureInfo.InvariantCulture, $"{recipient.Attempts} attempts");
        return recipient.Status switch
        {
            RecipientStatus.Delivered => $"It was delivered.{last}",
            RecipientStatus.Failed or RecipientStatus.Expired => $"It failed and the sender was told.{last}",
            RecipientStatus.Dropped => "It was dropped by the operator.",
            RecipientStatus.Failing or RecipientStatus.Expiring => $"It failed for good; the notification to the sender is being stored.{last}",
            _ when entry.Held => $"It is on hold: release it with \"mta queue release {entry.Id}\".{last}",
            RecipientStatus.Scheduled when domain?.Suspension is { } suspension => $"Delivery to {recipient.Domain} is suspended{Suspension(suspension)}; its mail is kept.{last}",
            RecipientStatus.InFlight => $"It is being delivered, or next in line for {recipient.Domain}{State(domain)}.{last}",
            _ when recipient.Due is { } due && due > now && recipient.Attempts == 0 => $"The sender asked not to deliver it before {Time(due)}.",
            _ when recipient.Due is { } due && due > now => $"It was deferred after {attempts} and will be tried again at {Time(due)}, in {Span(due - now)}.{last}",
            _ => $"It is due and waits for its turn for {recipient.Domain}{State(domain)}.{last}",
        };
    }

    private static string State(DomainStatus? domain) => domain is { State.Length: > 0 } ? $" ({domain.State})" : "";

    private static string Suspension(DomainSuspension suspension) =>
        (suspension.Until is { } until ? $" until {Time(until)}" : $", until \"mta domain resume {suspension.Domain}\"")
        + (suspension.Reason.Length > 0 ? $" ({suspension.Reason})" : "");

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds)} s"),
        { TotalHours: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(span.TotalMinutes)} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(span.TotalHours)} h"),
    };
}

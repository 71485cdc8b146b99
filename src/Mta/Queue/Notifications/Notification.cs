using Mta.Mail;

namespace Mta.Queue.Notifications;

/// <summary>What a delivery status notification says of its recipients (RFC 3464 §2.3.3).</summary>
public enum NotificationAction : byte
{
    Failed,
    Delayed,

    /// <summary>Handed to a host that does not speak DSN: nothing more will be heard.</summary>
    Relayed,
}

/// <summary>One notification: of one message, about recipients that met the same fate.</summary>
/// <param name="RetryUntil">When we give up; for <see cref="NotificationAction.Delayed"/>.</param>
public sealed record Notification(
    Envelope Original, NotificationAction Action, IReadOnlyList<NotifiedRecipient> Recipients, DateTimeOffset Now, DateTimeOffset RetryUntil);

/// <param name="Expired">Given up because time ran out, not because a host refused.</param>
public sealed record NotifiedRecipient(Recipient Recipient, DeliveryResult? Last, bool Expired);

using Akka.Actor;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Queue.Notifications;
using Mta.Spool;

namespace Mta.Queue;

/// <summary>
/// Decides who is told what became of a message (RFC 3461 §5.2, RFC 3464) and stores the notification in this partition. A failure is
/// settled only after its notification is on stable storage. One notification speaks for all recipients that ended together.
/// </summary>
internal sealed class QueueNotifier(int partition, QueueContext context, QueueState state, IActorRef self)
{
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(30);
    private readonly Dictionary<MessageId, Pending> _pending = [];
    private readonly Dictionary<MessageId, List<int>> _relayed = [];
    private readonly Dictionary<MessageId, System.Threading.ITimer> _timers = [];

    /// <summary>Notifications that are being stored.</summary>
    public int Storing => _pending.Count;

    /// <summary>A notification could not be stored: look at its message again.</summary>
    public sealed record Retry(MessageId Id) : Akka.Event.IDeadLetterSuppression;

    /// <summary>A recipient was delivered: remember it when the sender wants to hear that and the next hop will not tell.</summary>
    public void Delivered(QueuedMessage message, int recipient, DeliveryResult.Delivered result)
    {
        // RFC 3461 §5.2.2: a next hop that speaks DSN got NOTIFY, and confirms by itself
        if (result.RemoteSendsDsn || message.Envelope.IsNullSender) return;
        // RFC 2852 §4.1.4.2: "BY=…T" wants to hear where the trace ends
        bool trace = message.Envelope.Parameters.DeliverBy is { Trace: true } && message.Envelope.Recipients[recipient].Parameters.Notify != DsnNotify.Never;
        if (!trace && !Wants(message, recipient, DsnNotify.Success)) return;
        if (!_relayed.TryGetValue(message.Id, out var relayed)) _relayed.Add(message.Id, relayed = []);
        relayed.Add(recipient);
    }

    /// <summary>Stores what notifications are due for a message of which nothing is in flight, or settles what needs none.</summary>
    public void Notify(QueuedMessage message, DateTimeOffset expires, DateTimeOffset now)
    {
        if (_relayed.Remove(message.Id, out var relayed)) Store(message, NotificationAction.Relayed, relayed, expires, now);
        NotifyFailures(message, expires, now);
        NotifyDelay(message, expires, now);
    }

    private void NotifyFailures(QueuedMessage message, DateTimeOffset expires, DateTimeOffset now)
    {
        List<int>? tell = null;
        List<int>? silent = null;
        for (int i = 0; i < message.Recipients.Length; i++)
        {
            if (message.Recipients[i].Status is not (RecipientStatus.Failing or RecipientStatus.Expiring)) continue;
            if (message.Notifying?.Contains(i) == true) continue;
            // RFC 5321 §6.1: never to the null reverse-path; RFC 3461 §4.1: not when NOTIFY leaves FAILURE out
            if (message.Envelope.IsNullSender || !Wants(message, i, DsnNotify.Failure)) (silent ??= []).Add(i);
            else (tell ??= []).Add(i);
        }
        if (silent is not null) SettleFailures(message, silent);
        if (tell is not null) Store(message, NotificationAction.Failed, tell, expires, now);
    }

    private void NotifyDelay(QueuedMessage message, DateTimeOffset expires, DateTimeOffset now)
    {
        var (envelope, warning) = (message.Envelope, context.Settings.Value.DelayWarning);
        if (message.DelayNotified || envelope.IsNullSender) return;
        // RFC 2852 §4.1.4.2: "BY=…;N" wants to hear of the delay when the time has passed
        bool deadline = envelope.Parameters.DeliverBy is { Return: false } by && now >= envelope.ReceivedAt.AddSeconds(by.Seconds);
        bool late = now >= envelope.ReceivedAt + (warning > TimeSpan.Zero ? warning : TimeSpan.FromHours(4));
        if (!late && !deadline) return;
        var delayed = new List<int>();
        for (int i = 0; i < message.Recipients.Length; i++)
        {
            if (message.Recipients[i] is not { Status: RecipientStatus.Scheduled, Attempts: > 0 }) continue;
            var notify = envelope.Recipients[i].Parameters.Notify;
            bool asked = notify.HasFlag(DsnNotify.Delay);
            if (asked || notify == DsnNotify.Unspecified && (warning > TimeSpan.Zero || deadline)) delayed.Add(i);
        }
        if (delayed.Count == 0) return;
        state.DelayNotified(message, true);
        Store(message, NotificationAction.Delayed, delayed, expires, now);
    }

    // RFC 3461 §4.1: without NOTIFY, failures are told and successes are not
    private static bool Wants(QueuedMessage message, int recipient, DsnNotify what)
    {
        var notify = message.Envelope.Recipients[recipient].Parameters.Notify;
        return notify == DsnNotify.Unspecified ? what == DsnNotify.Failure : notify.HasFlag(what);
    }

    private void Store(QueuedMessage message, NotificationAction action, List<int> recipients, DateTimeOffset expires, DateTimeOffset now)
    {
        var settings = context.Settings.Value;
        string from = settings.NotificationFrom.Length > 0 ? settings.NotificationFrom : $"Mail Delivery System <postmaster@{context.Hostname}>";
        var notification = new Notification(message.Envelope, action, [.. recipients.Select(i => new NotifiedRecipient(
            message.Envelope.Recipients[i], message.Recipients[i].Last, message.Recipients[i].Status == RecipientStatus.Expiring))], now, expires);
        var id = context.Ids.Next();
        var writer = context.Spool.BeginMessage();
        bool eightBit;
        try
        {
            using var body = message.Body(context.Spool, partition).Open();
            eightBit = new NotificationWriter(context.Hostname, from, settings.NotificationMaxReturn).Write(notification, id, body, writer);
        }
        catch (IOException e)
        {
            writer.Dispose();
            QueueLog.NotificationFailed(context.Logger, message.Id, e.Message);
            Later(message.Id, action);
            return;
        }
        var envelope = NotificationWriter.Address(notification, id, writer.Length, eightBit);
        _pending.Add(id, new(message.Id, action, recipients));
        if (action == NotificationAction.Failed) (message.Notifying ??= []).UnionWith(recipients);
        QueueLog.Notified(context.Logger, id, message.Id, action, message.Envelope.ReversePath, recipients.Count);
        context.Spool.Store(partition, envelope, writer, self);
    }

    /// <summary>
    /// True when this told us, the storer, of a notification; the first telling of the two is the partition's, and goes on to be queued.
    /// </summary>
    public bool OnStored(SpoolProtocol.Stored stored)
    {
        if (!_pending.TryGetValue(stored.Envelope.Id, out var pending)) return false;
        if (!pending.Queued)
        {
            pending.Queued = true;
            return false;
        }
        _pending.Remove(stored.Envelope.Id);
        if (NotNotifying(pending) is not { } message) return true;
        SettleFailures(message, pending.Recipients);
        if (message.IsSettled) message.ReleaseBody(context.Spool, partition);
        return true;
    }

    public void OnNotStored(SpoolProtocol.NotStored refused)
    {
        if (!_pending.Remove(refused.Id, out var pending)) return;
        QueueLog.NotificationFailed(context.Logger, pending.Original, refused.Reply.ToString());
        NotNotifying(pending);
        Later(pending.Original, pending.Action);
    }

    /// <summary>The failures that a notification was about, if it was, are no longer being told; returns their message.</summary>
    private QueuedMessage? NotNotifying(Pending pending)
    {
        if (pending.Action != NotificationAction.Failed || state.Find(pending.Original) is not { } message) return null;
        message.Notifying?.ExceptWith(pending.Recipients);
        if (message.Notifying is { Count: 0 }) message.Notifying = null;
        return message;
    }

    private void Later(MessageId original, NotificationAction action)
    {
        if (action == NotificationAction.Delayed && state.Find(original) is { } message) state.DelayNotified(message, false);
        if (_timers.ContainsKey(original)) return;
        _timers.Add(original, context.Clock.CreateTimer(_ => self.Tell(new Retry(original)), null, RetryWait, Timeout.InfiniteTimeSpan));
    }

    /// <summary>The wait is over.</summary>
    public void OnRetry(Retry retry)
    {
        if (_timers.Remove(retry.Id, out var timer)) timer.Dispose();
    }

    private void SettleFailures(QueuedMessage message, List<int> recipients)
    {
        Settle(RecipientStatus.Failing, RecipientStatus.Failed, Settlement.Failed);
        Settle(RecipientStatus.Expiring, RecipientStatus.Expired, Settlement.Expired);

        void Settle(RecipientStatus from, RecipientStatus to, Settlement settlement)
        {
            int[] which = [.. recipients.Where(i => message.Recipients[i].Status == from)];
            if (which.Length == 0) return;
            foreach (int i in which) state.Settle(message, i, to);
            context.Spool.Settle(partition, message.Id, which, settlement);
        }
    }

    /// <summary>Stops the timers.</summary>
    public void Stop()
    {
        foreach (var timer in _timers.Values) timer.Dispose();
    }

    private sealed class Pending(MessageId original, NotificationAction action, List<int> recipients)
    {
        public MessageId Original { get; } = original;
        public NotificationAction Action { get; } = action;
        public List<int> Recipients { get; } = recipients;

        /// <summary>The partition's own telling has come.</summary>
        public bool Queued { get; set; }
    }
}

using Mta.Imap.Commands;
using Mta.Imap.Sharing;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Notifying;

/// <summary>Tells what has happened to mailboxes that are not selected (RFC 5465 §5): how they are now, of those that the account can see and read now.</summary>
internal sealed class NoticeWriter : IDisposable
{
    private readonly ImapExecution _x;
    private readonly NotifyPlan _plan;
    private readonly MailboxReader _reader;
    private readonly HashSet<string> _subscriptions;
    private MailboxTree? _tree;

    public NoticeWriter(ImapExecution x, NotifyPlan plan)
    {
        (_x, _plan, _reader) = (x, plan, x.Read());
        _subscriptions = _reader.Subscriptions().ToHashSet(StringComparer.Ordinal);
    }

    private long Me => _x.Account.Id;

    /// <summary>All that the account can see, as it is now.</summary>
    private MailboxTree Tree => _tree ??= new(_reader.Visible(), [.. _subscriptions]);

    public void Dispose() => _reader.Dispose();

    public async Task WriteAsync(Notices notices)
    {
        foreach (var (account, what) in notices.Mailboxes)
        {
            await WriteAsync(account, what).ConfigureAwait(false);
            await _x.FlushAsync(_reader).ConfigureAwait(false);
        }
        foreach (var (id, (account, events)) in notices.Messages)
        {
            using (var reader = _x.Read(account))
                if (reader.Find(id) is { } info) WriteStatus(info with { Name = Seen(account, info.Name) }, reader.Acl(id).Of(Me), events);
            await _x.FlushAsync(_reader).ConfigureAwait(false);
        }
    }

    /// <summary>How all the mailboxes are of which changes of messages are wanted (RFC 5465 §3.1).</summary>
    /// <param name="status">They are to be told; in any case those are that the account cannot read.</param>
    public async Task WriteAllAsync(bool status)
    {
        foreach (var mailbox in _reader.Visible())
        {
            var info = mailbox.Info with { Name = NamedMailbox.Seen(mailbox.Owner, mailbox.Info.Name) };
            var events = _plan.Of(info.Name, _subscriptions);
            if (events == ImapNotifyEvents.None) continue;
            if (mailbox.Owner is not null) await _x.WatchAsync(mailbox.OwnerId, mailbox.Owner).ConfigureAwait(false);
            if (!mailbox.Rights.HasFlag(MailboxRights.Read)) ListHandler.WriteChange(_x.Writer, Tree, info.Name, noAccess: true);
            else if (status && info.Id != _x.Session.Selected?.Id && (events & NotifyPlan.Messages) != 0)
            {
                var items = ImapStatusItems.Messages | ImapStatusItems.UidNext | ImapStatusItems.UidValidity;
                // we have CONDSTORE, whether the client has enabled it or not
                if (events.HasFlag(ImapNotifyEvents.FlagChange)) items |= ImapStatusItems.HighestModSeq;
                StatusHandler.Write(_x, info, items);
            }
            await _x.FlushAsync(_reader).ConfigureAwait(false);
        }
    }

    private void WriteStatus(MailboxInfo info, MailboxRights rights, ImapNotifyEvents happened)
    {
        var events = _plan.Of(info.Name, _subscriptions) & happened;
        // RFC 5465 §5: all of this needs both
        if (events == ImapNotifyEvents.None || !rights.HasFlag(MailboxRights.Lookup | MailboxRights.Read)) return;
        var items = ImapStatusItems.None;
        if ((events & (ImapNotifyEvents.MessageNew | ImapNotifyEvents.MessageExpunge)) != 0) items |= ImapStatusItems.Messages | ImapStatusItems.UidNext;
        if (events.HasFlag(ImapNotifyEvents.FlagChange)) items |= ImapStatusItems.UidValidity | ImapStatusItems.Unseen;
        if (_x.Session.CondStore) items |= ImapStatusItems.HighestModSeq;
        StatusHandler.Write(_x, info, items);
    }

    private async Task WriteAsync(long account, MailboxEvent what)
    {
        switch (what)
        {
            case MailboxEvent.Created created:
                WriteName(account, created.Name, couldSee: false);
                break;
            case MailboxEvent.Deleted deleted:
                WriteName(account, deleted.Name, deleted.Acl.Of(Me).HasFlag(MailboxRights.Lookup));
                break;
            case MailboxEvent.Renamed renamed:
                var (from, to) = (Seen(account, renamed.From), Seen(account, renamed.To));
                if ((Wants(from, ImapNotifyEvents.MailboxName) || Wants(to, ImapNotifyEvents.MailboxName)) && Tree.Find(to) is { Info: not null }) ListHandler.WriteChange(_x.Writer, Tree, to, from);
                break;
            case MailboxEvent.Subscribed subscribed when Wants(subscribed.Name, ImapNotifyEvents.SubscriptionChange) || WantsUnsubscribed(subscribed):
                ListHandler.WriteChange(_x.Writer, Tree, subscribed.Name);
                break;
            case MailboxEvent.Annotated annotated:
                WriteAnnotated(account, annotated);
                break;
            case MailboxEvent.AclChanged changed:
                await WriteRightsAsync(account, changed).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>RFC 5465 §5.4: it and the one above it are there, or not there any more.</summary>
    private void WriteName(long account, string name, bool couldSee)
    {
        string seen = Seen(account, name);
        bool isHidden = account != Me && !couldSee && Tree.Find(seen)?.Info is null;
        if (isHidden) return;
        if (Wants(seen, ImapNotifyEvents.MailboxName)) ListHandler.WriteChange(_x.Writer, Tree, seen);
        if (MailboxName.Parent(seen) is { } parent && Wants(parent, ImapNotifyEvents.MailboxName)) ListHandler.WriteChange(_x.Writer, Tree, parent);
    }

    /// <summary>One that is not on the list any more was on it until now.</summary>
    private bool WantsUnsubscribed(MailboxEvent.Subscribed what) =>
        !what.IsSubscribed && _plan.Of(what.Name, new HashSet<string>(StringComparer.Ordinal) { what.Name }).HasFlag(ImapNotifyEvents.SubscriptionChange);

    private void WriteAnnotated(long account, MailboxEvent.Annotated what)
    {
        var entries = what.Entries.Where(e => Annotation.IsShared(e) || what.Account == Me).ToList();
        string name = what.Acl is null ? "" : Seen(account, what.Name);
        bool isWanted = what.Acl is not { } acl || (acl.Of(Me).HasFlag(MailboxRights.Lookup | MailboxRights.Read) && Wants(name, ImapNotifyEvents.MailboxMetadataChange));
        if (isWanted && entries.Count > 0) MetadataNews.Write(_x.Writer, name, entries.Order(StringComparer.Ordinal));
    }

    /// <summary>RFC 5465 §5.4, §5.9: who may know of a mailbox now has got it, who may not any more has lost it.</summary>
    private async Task WriteRightsAsync(long account, MailboxEvent.AclChanged what)
    {
        var (seen, before, after) = (Seen(account, what.Name), what.Before.Of(Me), what.After.Of(Me));
        var events = _plan.Of(seen, _subscriptions);
        if (account == Me || events == ImapNotifyEvents.None) return;
        bool canSee = after.HasFlag(MailboxRights.Lookup);
        if (canSee && _reader.Address(account) is { } owner) await _x.WatchAsync(account, owner).ConfigureAwait(false);
        if (canSee == before.HasFlag(MailboxRights.Lookup)) return;
        if (events.HasFlag(ImapNotifyEvents.MailboxName)) WriteName(account, what.Name, couldSee: true);
        else ListHandler.WriteChange(_x.Writer, Tree, seen, noAccess: !canSee);
    }

    private bool Wants(string name, ImapNotifyEvents events) => (_plan.Of(name, _subscriptions) & events) != 0;

    private string Seen(long account, string name) => account == Me ? name : NamedMailbox.Seen(_x.Session.Watched.GetValueOrDefault(account) ?? _reader.Address(account) ?? "?", name);
}

using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Notifying;

/// <summary>NOTIFY (RFC 5465 §3.1).</summary>
internal static class NotifyHandler
{
    // RFC 5465 §5: all that there are, which are those of messages but annotations of messages, and those of mailboxes
    private static readonly ImapCode BadEvent = new("BADEVENT", "(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)");

    public static async Task<ImapResult> RunAsync(ImapExecution x, NotifyCommand command)
    {
        if (command.Groups.Any(g => g.Events.HasFlag(ImapNotifyEvents.AnnotationChange))) return ImapResult.No("messages have no annotations here", BadEvent);
        var groups = new List<ImapNotifyGroup>();
        foreach (var group in command.Groups)
        {
            var names = new List<string>();
            foreach (string name in group.Mailboxes) names.Add(await SpellAsync(x, name).ConfigureAwait(false));
            groups.Add(group with { Mailboxes = names });
        }
        var plan = new NotifyPlan(groups);
        // §3.1: what has happened until now is told by what held until now
        x.Session.Selected?.Announce(x.Writer, x.Session, hidesExpunged: false);
        using (var writer = new NoticeWriter(x, plan)) await writer.WriteAllAsync(command.Status).ConfigureAwait(false);
        x.Session.Notify = plan;
        return ImapResult.Ok("NOTIFY done");
    }

    /// <summary>New messages of the selected mailbox, as far as they are there, with what the client wants to know of them (§5.2).</summary>
    public static async Task WriteNewAsync(ImapExecution x, IReadOnlyList<UidRun> messages)
    {
        if (messages.Count == 0 || x.Session.Notify?.Selected is not { NewItems: { Count: > 0 } items }) return;
        var set = new ImapSet([.. messages.Select(run => new ImapRange(run.First, run.Last))]);
        await Fetching.FetchHandler.RunAsync(x, new("", Uid: true, set, items, ChangedSince: null, Vanished: false, Partial: null)).ConfigureAwait(false);
    }

    /// <summary>As the session has it, also where there is none such (yet).</summary>
    private static async Task<string> SpellAsync(ImapExecution x, string name)
    {
        if (!NamedMailbox.IsOthers(name)) return MailboxName.Normalize(name);
        try
        {
            return (await NamedMailbox.FindAsync(x, name).ConfigureAwait(false)).SeenName;
        }
        catch (MailboxException)
        {
            // Other Users/ADDRESS, or nobody's
            return name;
        }
    }
}

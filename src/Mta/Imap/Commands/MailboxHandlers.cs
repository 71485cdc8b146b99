using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8).</summary>
internal static class MailboxHandlers
{
    public static async Task<ImapResult> CreateAsync(ImapExecution x, CreateCommand command)
    {
        // RFC 9051 §6.3.4: a separator at the end says that mailboxes below it are to come
        var mailbox = await FindNewAsync(x, command.Mailbox.EndsWith(MailboxName.Separator) ? command.Mailbox[..^1] : command.Mailbox).ConfigureAwait(false);
        string? use = null;
        if (command.Uses != ImapSpecialUses.None && (use = SpecialUses.Name(command.Uses)) is null) return ImapResult.No("a mailbox can have one special use, and not this", ImapCode.UseAttr);
        // a use is of the owner's
        if (use is not null && !mailbox.IsOwn) return ImapResult.No("a mailbox of another cannot have a special use", ImapCode.UseAttr);
        long id = await x.Mailboxes.CreateAsync(mailbox.Owner, mailbox.Name, use).ConfigureAwait(false);
        return ImapResult.Ok("CREATE done", new("MAILBOXID", $"({ObjectIds.Mailbox(id)})"));
    }

    public static async Task<ImapResult> DeleteAsync(ImapExecution x, DeleteCommand command)
    {
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        mailbox.Demand(MailboxRights.Delete);
        await x.Mailboxes.DeleteAsync(mailbox.Owner, mailbox.Name).ConfigureAwait(false);
        return ImapResult.Ok("DELETE done");
    }

    public static async Task<ImapResult> RenameAsync(ImapExecution x, RenameCommand command)
    {
        var from = await NamedMailbox.FindAsync(x, command.From).ConfigureAwait(false);
        // INBOX stays: what is in it is moved
        from.Demand(from.Name == MailboxName.Inbox ? MailboxRights.Read | MailboxRights.DeleteMessages | MailboxRights.Expunge : MailboxRights.Delete);
        var to = await FindNewAsync(x, command.To).ConfigureAwait(false);
        if (to.Owner.Id != from.Owner.Id) return ImapResult.No("a mailbox stays with its account", ImapCode.Cannot);
        await x.Mailboxes.RenameAsync(from.Owner, from.Name, to.Name).ConfigureAwait(false);
        return ImapResult.Ok("RENAME done");
    }

    public static async Task<ImapResult> SubscribeAsync(ImapExecution x, string name, bool subscribed)
    {
        bool isOthers = NamedMailbox.IsOthers(name);
        // RFC 4314 §4: who takes a name off its list needs no right
        if (subscribed && isOthers) name = (await NamedMailbox.FindAsync(x, name).ConfigureAwait(false)).Demand(MailboxRights.Lookup).Name;
        await x.Mailboxes.SubscribeAsync(x.Account, MailboxName.Normalize(name), subscribed, isOthers).ConfigureAwait(false);
        return ImapResult.Ok(subscribed ? "SUBSCRIBE done" : "UNSUBSCRIBE done");
    }

    /// <summary>A name for a mailbox that is to be made. Throws <see cref="MailboxException"/> where there may be none (RFC 4314 §4: the nearest one above it decides).</summary>
    private static async Task<NamedMailbox> FindNewAsync(ImapExecution x, string name)
    {
        NamedMailbox mailbox;
        try
        {
            mailbox = await NamedMailbox.FindAsync(x, name).ConfigureAwait(false);
        }
        catch (MailboxException)
        {
            // whether there is such an account nobody is told
            throw NamedMailbox.NotPermitted;
        }
        if (mailbox.Above(x) is { } above ? !above.Rights.HasFlag(MailboxRights.Create) : !mailbox.IsOwn) throw NamedMailbox.NotPermitted;
        return mailbox;
    }
}

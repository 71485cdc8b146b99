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
        string name = MailboxName.Normalize(command.Mailbox.EndsWith(MailboxName.Separator) ? command.Mailbox[..^1] : command.Mailbox);
        string? use = null;
        if (command.Uses != ImapSpecialUses.None && (use = SpecialUses.Name(command.Uses)) is null) return ImapResult.No("a mailbox can have one special use, and not this", ImapCode.UseAttr);
        long id = await x.Mailboxes.CreateAsync(x.Account, name, use).ConfigureAwait(false);
        return ImapResult.Ok("CREATE done", new("MAILBOXID", $"({ObjectIds.Mailbox(id)})"));
    }

    public static async Task<ImapResult> DeleteAsync(ImapExecution x, DeleteCommand command)
    {
        await x.Mailboxes.DeleteAsync(x.Account, MailboxName.Normalize(command.Mailbox)).ConfigureAwait(false);
        return ImapResult.Ok("DELETE done");
    }

    public static async Task<ImapResult> RenameAsync(ImapExecution x, RenameCommand command)
    {
        await x.Mailboxes.RenameAsync(x.Account, MailboxName.Normalize(command.From), MailboxName.Normalize(command.To)).ConfigureAwait(false);
        return ImapResult.Ok("RENAME done");
    }

    public static async Task<ImapResult> SubscribeAsync(ImapExecution x, string mailbox, bool subscribed)
    {
        await x.Mailboxes.SubscribeAsync(x.Account, MailboxName.Normalize(mailbox), subscribed).ConfigureAwait(false);
        return ImapResult.Ok(subscribed ? "SUBSCRIBE done" : "UNSUBSCRIBE done");
    }
}

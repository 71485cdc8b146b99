using System.Globalization;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>APPEND (RFC 9051 §6.3.12) of one message or several (RFC 3502), whose octets are there already.</summary>
internal static class AppendHandler
{
    /// <param name="bodies">Of the messages, in order.</param>
    public static async Task<ImapResult> RunAsync(ImapExecution x, AppendCommand command, IReadOnlyList<StagedBody> bodies)
    {
        try
        {
            var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
            mailbox.Demand(MailboxRights.Insert);
            // RFC 4314 §4: flags that it may not set are left out
            var may = mailbox.Rights.Flags();
            var messages = command.Messages.Select((m, i) =>
                new NewMessage(bodies[i], [], FlagNames.FromImap(m.Flags.System) & may, (may & ~MailFlags.System) == 0 ? [] : m.Flags.Keywords, m.Date)).ToArray();
            var appended = await x.Mailboxes.AppendAsync(mailbox.Owner, mailbox.Name, messages).ConfigureAwait(false);
            return ImapResult.Ok("APPEND done",
                new("APPENDUID", string.Create(CultureInfo.InvariantCulture, $"{appended[0].UidValidity} {ImapSet.Of(appended.Select(a => a.Uid))}")));
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e, forMessage: true);
        }
    }

    /// <summary>Why a message that is about to come cannot be taken, or null: before it is sent, where the client waits for that.</summary>
    public static async Task<ImapResult?> RefuseAsync(ImapExecution x, ImapMessageLiteral message)
    {
        // RFC 3502 §6.3.11: what a client sends that thinks better of it
        if (message.Size == 0) return ImapResult.No("an empty message is none");
        if (message.Size > x.AppendLimit) return ImapResult.No(string.Create(CultureInfo.InvariantCulture, $"a message may have {x.AppendLimit} octets"), ImapCode.TooBig);
        NamedMailbox mailbox;
        try
        {
            mailbox = await NamedMailbox.FindAsync(x, message.Mailbox).ConfigureAwait(false);
            mailbox.Demand(MailboxRights.Insert);
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e, forMessage: true);
        }
        using var reader = x.Read(mailbox.Owner);
        return mailbox.Owner.Quota > 0 && reader.Usage().Octets + message.Size > mailbox.Owner.Quota ? ImapResult.No("the quota of the account is used up", ImapCode.OverQuota) : null;
    }
}

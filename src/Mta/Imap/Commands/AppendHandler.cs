using System.Globalization;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>APPEND (RFC 9051 §6.3.12) of one message or several (RFC 3502), whole or in pieces (RFC 4469).</summary>
internal static class AppendHandler
{
    /// <param name="literals">See <see cref="MessageBuilder"/>.</param>
    public static async Task<ImapResult> RunAsync(ImapExecution x, AppendCommand command, IReadOnlyList<StagedBody> literals)
    {
        try
        {
            var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
            mailbox.Demand(MailboxRights.Insert);
            using var builder = new MessageBuilder(x, literals, mailbox.Rights.Flags());
            if (await builder.AddAsync(command.Messages).ConfigureAwait(false) is { } refusal) return refusal;
            var appended = await x.Mailboxes.AppendAsync(mailbox.Owner, mailbox.Name, builder.Messages).ConfigureAwait(false);
            return ImapResult.Ok("APPEND done",
                new("APPENDUID", string.Create(CultureInfo.InvariantCulture, $"{appended[0].UidValidity} {ImapSet.Of(appended.Select(a => a.Uid))}")));
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e, forMessage: true);
        }
    }

    /// <summary>Why a message of APPEND or REPLACE that is about to come cannot be taken, or null: before it is sent, where the client waits for that.</summary>
    /// <param name="before">Octets of it that are there already.</param>
    public static async Task<ImapResult?> RefuseAsync(ImapExecution x, ImapMessageLiteral message, long before)
    {
        // RFC 3502 §6.3.11: what a client sends that thinks better of it
        if (message is { Size: 0, IsCatenated: false }) return MessageBuilder.Empty;
        long size = before + message.Size;
        if (size > x.AppendLimit) return MessageBuilder.TooBig(x);
        uint replaced = 0;
        if (message.Replaces is { } number && ReplaceHandler.Refuse(x, message.Uid, number, out replaced) is { } wrong) return wrong;
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
        if (mailbox.Owner.Quota == 0) return null;
        using var reader = x.Read(mailbox.Owner);
        // RFC 8508 §3.3: what goes with it does not count
        if (replaced > 0 && x.Selected.Owner.Id == mailbox.Owner.Id) size -= reader.Messages(x.Selected.Id, new(replaced, replaced)).FirstOrDefault().Size;
        return reader.Usage().Octets + size > mailbox.Owner.Quota ? ImapResult.No("the quota of the account is used up", ImapCode.OverQuota) : null;
    }
}

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
        using var builder = new MessageBuilder(x, literals);
        if (builder.Add(command.Messages) is { } refusal) return refusal;
        try
        {
            var appended = await x.Mailboxes.AppendAsync(x.Account, MailboxName.Normalize(command.Mailbox), builder.Messages).ConfigureAwait(false);
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
    public static ImapResult? Refuse(ImapExecution x, ImapMessageLiteral message, long before)
    {
        // RFC 3502 §6.3.11: what a client sends that thinks better of it
        if (message is { Size: 0, IsCatenated: false }) return MessageBuilder.Empty;
        long size = before + message.Size;
        if (size > x.AppendLimit) return MessageBuilder.TooBig(x);
        uint replaced = 0;
        if (message.Replaces is { } number && ReplaceHandler.Refuse(x, message.Uid, number, out replaced) is { } wrong) return wrong;
        using var reader = x.Read();
        if (reader.Find(MailboxName.Normalize(message.Mailbox)) is null) return ImapResult.No("there is no such mailbox", ImapCode.TryCreate);
        if (x.Account.Quota == 0) return null;
        // RFC 8508 §3.3: what goes with it does not count
        if (replaced > 0) size -= reader.Messages(x.Selected.Id, new(replaced, replaced)).FirstOrDefault()?.Size ?? 0;
        return reader.Usage().Octets + size > x.Account.Quota ? ImapResult.No("the quota of the account is used up", ImapCode.OverQuota) : null;
    }
}

using System.Globalization;
using Mta.Mailbox;
using Mta.Mailbox.Changes;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>REPLACE (RFC 8508): one change, in which a message comes and another goes.</summary>
internal static class ReplaceHandler
{
    /// <param name="literals">See <see cref="MessageBuilder"/>.</param>
    public static async Task<ImapResult> RunAsync(ImapExecution x, ReplaceCommand command, IReadOnlyList<StagedBody> literals)
    {
        if (Refuse(x, command.Uid, command.Number, out uint uid) is { } wrong) return wrong;
        ReplacedMessage replaced;
        try
        {
            var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
            mailbox.Demand(MailboxRights.Insert);
            using var builder = new MessageBuilder(x, literals, mailbox.Rights.Flags());
            if (await builder.AddAsync([command.Message]).ConfigureAwait(false) is { } refusal) return refusal;
            replaced = await x.Mailboxes.ReplaceAsync(x.Selected.Owner, x.Selected.Id, uid, mailbox.Owner, mailbox.Name, builder.Messages[0]).ConfigureAwait(false);
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e, forMessage: true);
        }
        // RFC 8508 §4.3: before the EXPUNGE
        x.Writer.Untagged(ImapStatus.Ok, new("APPENDUID", string.Create(CultureInfo.InvariantCulture, $"{replaced.New.UidValidity} {replaced.New.Uid}")), "replaced");
        return ImapResult.Ok("REPLACE done", MessageHandlers.HighestModSeq(x, replaced.ModSeq));
    }

    /// <summary>Why this message cannot be replaced, or null.</summary>
    public static ImapResult? Refuse(ImapExecution x, bool isUid, uint number, out uint uid)
    {
        uid = 0;
        if (x.Selected.Find(new([new(number, number)]), isUid) is not { } found) return MessageHandlers.NoSuchNumber;
        if (found.Count == 0) return ImapResult.No("there is no message with that UID", ImapCode.NonExistent);
        if (x.Selected.IsReadOnly) return MessageHandlers.ReadOnly;
        // what EXPUNGE and the flag for it need, as for MOVE
        if (!x.Selected.Rights.HasFlag(MailboxRights.DeleteMessages | MailboxRights.Expunge)) return MessageHandlers.NotPermitted;
        uid = found[0].First;
        return null;
    }
}

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
        using var builder = new MessageBuilder(x, literals);
        if (builder.Add([command.Message]) is { } refusal) return refusal;
        ReplacedMessage replaced;
        try
        {
            replaced = await x.Mailboxes.ReplaceAsync(x.Account, x.Selected.Id, uid, MailboxName.Normalize(command.Mailbox), builder.Messages[0]).ConfigureAwait(false);
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
        uid = found[0].First;
        return null;
    }
}

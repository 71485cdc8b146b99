using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3), with what CONDSTORE and QRESYNC add (RFC 7162 §3.1.2, §3.2.5).</summary>
internal static class SelectHandler
{
    public static async Task<ImapResult> RunAsync(ImapExecution x, SelectCommand command)
    {
        var (session, writer) = (x.Session, x.Writer);
        // RFC 9051 §6.3.2: whatever becomes of it, the one that was selected is not any more; the client is told where the one ends and the other begins
        if (session.Selected is not null) writer.Untagged(ImapStatus.Ok, ImapCode.Closed, "the mailbox before is closed");
        session.Selected = null;
        // RFC 7162 §3.2.5
        if (command.QResync is not null && !session.QResync) return ImapResult.Bad("QRESYNC wants ENABLE QRESYNC before");
        if (command.CondStore || command.QResync is not null) session.CondStore = true;
        var mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false);
        mailbox.Demand(MailboxRights.Read);
        // what happens between the two looks would not be told
        if (await x.WatchAsync(mailbox.Owner.Id, mailbox.Owner.Address).ConfigureAwait(false)) (mailbox = await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false)).Demand(MailboxRights.Read);
        using var reader = x.Read(mailbox.Owner);
        if (reader.Open(mailbox.Name) is not { } opened) return ImapResult.No("there is no such mailbox", ImapCode.NonExistent);
        var selected = new SelectedMailbox(mailbox, opened, command.IsReadOnly, session);
        var info = opened.Info;
        selected.AnnounceKeywords(writer);
        writer.Numbered((uint)selected.View.Count, "EXISTS"u8);
        if (!session.IsRev2)
        {
            writer.Numbered(0, "RECENT"u8);
            if (opened.FirstUnseen > 0 && selected.View.SequenceOf(opened.FirstUnseen) is > 0 and var unseen)
                writer.Untagged(ImapStatus.Ok, new("UNSEEN", $"{unseen}"), "the first that is unseen");
        }
        writer.Untagged(ImapStatus.Ok, new("UIDVALIDITY", $"{info.UidValidity}"), "UIDs are valid");
        writer.Untagged(ImapStatus.Ok, new("UIDNEXT", $"{info.UidNext}"), "the next UID");
        writer.Untagged(ImapStatus.Ok, new("HIGHESTMODSEQ", $"{Math.Max(1, info.ModSeq)}"), "the highest mod-sequence");
        writer.Untagged(ImapStatus.Ok, new("MAILBOXID", $"({ObjectIds.Mailbox(info.Id)})"), "its id");
        if (session.IsRev2)
        {
            // RFC 9051 §6.3.2: LIST tells how its name is spelled
            writer.BeginLine("LIST"u8);
            writer.Raw(" () \"/\" "u8);
            writer.Mailbox(mailbox.SeenName);
            writer.EndLine();
        }
        if (command.QResync is { } known) await QuickResync.RunAsync(x, reader, selected, info, known).ConfigureAwait(false);
        session.Selected = selected;
        return ImapResult.Ok(command.IsReadOnly ? "EXAMINE done" : "SELECT done", selected.CannotChange ? ImapCode.ReadOnly : ImapCode.ReadWrite);
    }
}

using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>STATUS (RFC 9051 §6.3.11).</summary>
internal static class StatusHandler
{
    public static async Task<ImapResult> RunAsync(ImapExecution x, StatusCommand command)
    {
        var info = (await NamedMailbox.FindAsync(x, command.Mailbox).ConfigureAwait(false)).Demand(MailboxRights.Read);
        // RFC 7162 §3.1.7: who asks for it knows mod-sequences
        if (command.Items.HasFlag(ImapStatusItems.HighestModSeq)) x.Session.CondStore = true;
        Write(x, info, command.Items);
        return ImapResult.Ok("STATUS done");
    }

    private static long DeletedOctets(ImapExecution x, MailboxInfo info)
    {
        if (info.Deleted == 0) return 0;
        using var reader = x.Read();
        return reader.DeletedOctets(info.Id);
    }

    /// <summary>The untagged response.</summary>
    public static void Write(ImapExecution x, MailboxInfo info, ImapStatusItems items)
    {
        var writer = x.Writer;
        writer.BeginLine("STATUS"u8);
        writer.Space();
        writer.Mailbox(info.Name);
        writer.Raw(" ("u8);
        bool isFirst = true;
        Item(ImapStatusItems.Messages, "MESSAGES"u8, info.Messages);
        Item(ImapStatusItems.Recent, "RECENT"u8, 0);
        Item(ImapStatusItems.UidNext, "UIDNEXT"u8, info.UidNext);
        Item(ImapStatusItems.UidValidity, "UIDVALIDITY"u8, info.UidValidity);
        Item(ImapStatusItems.Unseen, "UNSEEN"u8, info.Unseen);
        Item(ImapStatusItems.Deleted, "DELETED"u8, info.Deleted);
        Item(ImapStatusItems.Size, "SIZE"u8, info.Octets);
        // RFC 9208 §4.1.4
        if (items.HasFlag(ImapStatusItems.DeletedStorage)) Item(ImapStatusItems.DeletedStorage, "DELETED-STORAGE"u8, DeletedOctets(x, info));
        Item(ImapStatusItems.HighestModSeq, "HIGHESTMODSEQ"u8, Math.Max(1, info.ModSeq));
        Item(ImapStatusItems.AppendLimit, "APPENDLIMIT"u8, x.AppendLimit);
        if (items.HasFlag(ImapStatusItems.MailboxId))
        {
            writer.FetchItem("MAILBOXID"u8, isFirst);
            writer.Raw(System.Text.Encoding.ASCII.GetBytes($"({ObjectIds.Mailbox(info.Id)})"));
        }
        writer.Raw(")"u8);
        writer.EndLine();

        void Item(ImapStatusItems item, ReadOnlySpan<byte> name, long value)
        {
            if (!items.HasFlag(item)) return;
            writer.FetchItem(name, isFirst);
            writer.Number((ulong)value);
            isFirst = false;
        }
    }
}

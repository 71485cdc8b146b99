using Mta.Mailbox;

namespace Mta.Imap.Fetching;

/// <summary>FETCH responses about flags alone.</summary>
internal static class FetchLine
{
    /// <summary>UID, flags and mod-sequence of a message that has changed.</summary>
    public static void WriteChange(ImapExecution x, SelectedMailbox selected, MessageInfo message) =>
        WriteFlags(x, selected, new(message.Uid, message.Flags, message.ModSeq), withFlags: true, withUid: true);

    public static void WriteFlags(ImapExecution x, SelectedMailbox selected, MessageFlags message, bool withFlags, bool withUid)
    {
        int number = selected.View.SequenceOf(message.Uid);
        if (number == 0) return;
        var writer = x.Writer;
        writer.BeginFetch((uint)number);
        bool isFirst = true;
        if (withUid)
        {
            writer.FetchItem("UID"u8, isFirst);
            writer.Number(message.Uid);
            isFirst = false;
        }
        if (withFlags)
        {
            selected.WriteFlags(writer, message.Flags, isFirst);
            isFirst = false;
        }
        if (x.Session.CondStore) SelectedMailbox.WriteModSeq(writer, message.ModSeq, isFirst);
        writer.EndFetch();
    }
}

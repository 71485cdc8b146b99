using Mta.Imap.Fetching;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>What a client that was away is told of a mailbox it knows (RFC 7162 §3.2.5): what has vanished, and what flags have changed.</summary>
internal static class QuickResync
{
    public static async Task RunAsync(ImapExecution x, MailboxReader reader, SelectedMailbox selected, MailboxInfo info, ImapQResync known)
    {
        // §3.2.5.1: what it knows is of another mailbox
        if (known.UidValidity != info.UidValidity) return;
        long modSeq = (long)Math.Min(known.ModSeq, long.MaxValue);
        var vanished = Vanished(reader, selected, known.KnownUids, modSeq);
        WriteVanished(x, vanished);
        foreach (var run in Among(selected, known.KnownUids))
        {
            foreach (var message in reader.ChangedSince(selected.Id, run, modSeq).ToList())
            {
                FetchLine.WriteChange(x, selected, message);
                await x.FlushAsync(reader).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What of these UIDs the client may have and is gone since a mod-sequence.</summary>
    /// <param name="uids">Null for all.</param>
    public static IReadOnlyList<UidRun> Vanished(MailboxReader reader, SelectedMailbox selected, ImapSet? uids, long modSeq)
    {
        var wanted = new UidView(Ranges(uids));
        var gone = new List<UidRun>();
        foreach (var run in reader.ExpungedSince(selected.Id, modSeq)) gone.AddRange(wanted.Within(run));
        return gone;
    }

    public static void WriteVanished(ImapExecution x, IReadOnlyList<UidRun> vanished)
    {
        if (vanished.Count == 0) return;
        x.Writer.BeginLine("VANISHED (EARLIER)"u8);
        x.Writer.Space();
        x.Writer.Set([.. vanished.Select(run => new ImapRange(run.First, run.Last))]);
        x.Writer.EndLine();
    }

    private static IEnumerable<UidRun> Among(SelectedMailbox selected, ImapSet? uids) => Ranges(uids).SelectMany(selected.View.Within);

    // "*" has no meaning for what is gone (RFC 7162 §3.2.5.2): 2^32 - 1 is above all UIDs
    private static IEnumerable<UidRun> Ranges(ImapSet? uids) => uids is null ? [new(1, int.MaxValue)] : uids.Normalize(int.MaxValue).Select(r => new UidRun(r.First, r.Last));
}

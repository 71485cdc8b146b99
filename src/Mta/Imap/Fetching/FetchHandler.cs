using System.Collections.Immutable;
using Mta.Imap.Commands;
using Mta.Mailbox;
using Mta.Mailbox.Changes;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Fetching;

/// <summary>FETCH (RFC 9051 §6.4.5). It reads some messages at a time, so that a slow client keeps nobody else waiting.</summary>
internal static class FetchHandler
{
    // with their text: 64 KiB each, at most
    private const int BatchSize = 200, TextBatchSize = 50;

    // what is between two that are wanted is gone, as a rule
    private const uint Gap = 16;

    public static async Task<ImapResult> RunAsync(ImapExecution x, FetchCommand command)
    {
        var selected = x.Selected;
        // RFC 7162 §3.1: who asks for mod-sequences knows them
        if (command.ChangedSince is not null || command.Items.Any(i => i is ImapFetchItem.Attribute { Which: ImapFetchAttribute.ModSeq })) x.Session.CondStore = true;
        if (selected.Find(command.Set, command.Uid) is not { } wanted) return MessageHandlers.NoSuchNumber;
        long since = command.ChangedSince is { } changed ? (long)Math.Min(changed, long.MaxValue) : -1;
        if (command.Vanished)
        {
            if (!x.Session.QResync) return ImapResult.Bad("VANISHED wants ENABLE QRESYNC before");
            using var reader = x.Read();
            QuickResync.WriteVanished(x, QuickResync.Vanished(reader, selected, command.Set, since));
        }
        if (command.Partial is { } partial) wanted = Part(wanted, partial);
        var plan = new FetchPlan(command, x.Session.CondStore);
        var (seen, modSeq) = await MarkSeenAsync(x, selected, plan, wanted, since).ConfigureAwait(false);
        var spans = UidRun.Join(wanted, Gap).ToList();
        var writer = new FetchWriter(x, selected, plan, seen, spans.Count == wanted.Count ? null : new UidView(wanted));
        if (plan.NeedsText)
            foreach (var run in Batches(spans)) await WriteWithTextAsync(x, writer, run, since).ConfigureAwait(false);
        else await WriteAsync(x, writer, plan, spans, since).ConfigureAwait(false);
        return (writer.HasUnknownEncoding ? ImapResult.No("a part has a transfer encoding that is not known", ImapCode.UnknownCte) : ImapResult.Ok("FETCH done"))
            with
        { HidesExpunged = !command.Uid, OwnModSeq = modSeq };
    }

    private static async Task WriteAsync(ImapExecution x, FetchWriter writer, FetchPlan plan, List<UidRun> spans, long since)
    {
        using var reader = x.Read();
        foreach (var run in spans)
        {
            foreach (var page in since >= 0 ? [reader.ChangedSince(x.Selected.Id, run, since).ToArray()] : reader.Pages(x.Selected.Id, run))
            {
                for (int first = 0; first < page.Length; first += BatchSize)
                {
                    var batch = page.Slice(first, Math.Min(BatchSize, page.Length - first));
                    LearnKeywords(x, batch.Span);
                    // what was written lately is at hand; the rest is read together
                    var contents = writer.HasSummaries(batch.Span) ? null : Contents(reader, x.Selected.Id, batch.Span);
                    for (int i = 0; i < batch.Length; i++)
                    {
                        writer.Write(reader, in batch.Span[i], contents?.GetValueOrDefault(batch.Span[i].Uid));
                        if (x.HasMuch) await x.FlushAsync(reader).ConfigureAwait(false);
                    }
                }
            }
        }
    }

    private static Dictionary<uint, MessageContent> Contents(MailboxReader reader, long mailboxId, ReadOnlySpan<MessageInfo> messages) =>
        reader.Contents(mailboxId, new(messages[0].Uid, messages[^1].Uid)).ToDictionary(m => m.Message.Uid, m => m.Content);

    private static void LearnKeywords(ImapExecution x, ReadOnlySpan<MessageInfo> messages)
    {
        var flags = MailFlags.None;
        foreach (ref readonly var message in messages) flags |= message.Flags;
        if (!x.Selected.Knows(flags)) x.LearnKeywords();
    }

    private static async Task WriteWithTextAsync(ImapExecution x, FetchWriter writer, UidRun run, long since)
    {
        using var reader = x.Read();
        var found = reader.Contents(x.Selected.Id, run, withText: true).ToList();
        if (!x.Selected.Knows(found.Aggregate(MailFlags.None, (flags, m) => flags | m.Message.Flags))) x.LearnKeywords();
        foreach (var (message, content) in found)
        {
            if (message.ModSeq <= since) continue;
            await writer.WriteAsync(reader, message, content).ConfigureAwait(false);
            await x.FlushAsync(reader).ConfigureAwait(false);
        }
    }

    /// <summary>RFC 9051 §6.4.5: BODY[…] sets \Seen. Those that had it not are told with their flags.</summary>
    private static async Task<(ImmutableHashSet<uint> Changed, long ModSeq)> MarkSeenAsync(ImapExecution x, SelectedMailbox selected, FetchPlan plan, List<UidRun> wanted, long since)
    {
        // RFC 4314 §4: without the right it is not set, and nothing said
        if (!plan.MarksSeen || selected.IsReadOnly || !selected.Rights.HasFlag(MailboxRights.Seen) || wanted.Count == 0) return ([], 0);
        if (since >= 0)
        {
            using var reader = x.Read();
            wanted = UidRun.Of(wanted.SelectMany(run => reader.ChangedSince(selected.Id, run, since)).Select(m => m.Uid));
        }
        var stored = await x.Mailboxes.StoreFlagsAsync(selected.Owner, selected.Id, wanted, FlagChange.Add, MailFlags.Seen, []).ConfigureAwait(false);
        long modSeq = stored.ChangedModSeq;
        return ([.. stored.Messages.Where(m => m.ModSeq == modSeq).Select(m => m.Uid)], modSeq);
    }

    private static IEnumerable<UidRun> Batches(IEnumerable<UidRun> runs)
    {
        foreach (var run in runs)
        {
            for (long first = run.First; first <= run.Last; first += TextBatchSize)
                yield return new((uint)first, (uint)Math.Min(run.Last, first + TextBatchSize - 1));
        }
    }

    /// <summary>RFC 9394 §3.3: some of them, counted from the first or from the last.</summary>
    private static List<UidRun> Part(IReadOnlyList<UidRun> runs, ImapPartial partial)
    {
        long count = runs.Sum(r => r.Count);
        var (first, last) = partial.FromEnd ? (count - partial.Last, count - partial.First) : (partial.First - 1L, partial.Last - 1L);
        var part = new List<UidRun>();
        long before = 0;
        foreach (var run in runs)
        {
            long from = Math.Max(first, before), to = Math.Min(last, before + run.Count - 1);
            if (from <= to) part.Add(new((uint)(run.First + from - before), (uint)(run.First + to - before)));
            before += run.Count;
        }
        return part;
    }
}

using Mta.Imap.Commands;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Searching;

/// <summary>SEARCH (RFC 9051 §6.4.4) and SORT (RFC 5256): they differ in the order of what they find.</summary>
internal static class SearchHandler
{
    public static Task<ImapResult> SearchAsync(ImapExecution x, SearchCommand command)
    {
        if (MessageSearch.Run(x, command.Key, c => new Hit(c.Message.Uid, c.Message.ModSeq), withContent: false, out bool hasModSeq) is not { } hits)
            return Task.FromResult(MessageHandlers.NoSuchNumber);
        // RFC 9051 §6.4.4: without RETURN as if it were RETURN (ALL); RFC 3501 has a response of its own for it
        var returns = command.Return ?? (x.Session.IsRev2 ? new ImapSearchReturn(ImapSearchOptions.All, null) : null);
        return TellAsync(x, "SEARCH", command.Tag, command.Uid, returns, hits, hasModSeq);
    }

    public static Task<ImapResult> SortAsync(ImapExecution x, SortCommand command)
    {
        var sorter = new MessageSorter(command.Order);
        if (MessageSearch.Run(x, command.Key, sorter.KeyOf, sorter.NeedsContent, out bool hasModSeq) is not { } found) return Task.FromResult(MessageHandlers.NoSuchNumber);
        return TellAsync(x, "SORT", command.Tag, command.Uid, command.Return, [.. sorter.Sort(found)], hasModSeq);
    }

    private static async Task<ImapResult> TellAsync(ImapExecution x, string name, string tag, bool uid, ImapSearchReturn? returns, List<Hit> hits, bool hasModSeq)
    {
        var (selected, writer) = (x.Selected, x.Writer);
        var done = ImapResult.Ok($"{name} done") with { HidesExpunged = !uid };
        if (returns is null)
        {
            writer.BeginLine(name == "SORT" ? "SORT"u8 : "SEARCH"u8);
            foreach (var hit in hits)
            {
                writer.Space();
                writer.Number(Number(hit));
                await x.FlushAsync().ConfigureAwait(false);
            }
            // RFC 7162 §3.1.5
            if (hasModSeq && hits.Count > 0)
            {
                writer.Raw(" (MODSEQ "u8);
                writer.Number((ulong)hits.Max(h => h.ModSeq));
                writer.Raw(")"u8);
            }
            writer.EndLine();
            return done;
        }
        var told = Save(selected, returns, hits);
        if (returns.Options == ImapSearchOptions.Save) return done;
        writer.BeginLine("ESEARCH (TAG"u8);
        writer.Space();
        writer.String(tag);
        writer.Raw(uid ? ") UID"u8 : ")"u8);
        // the ends of the order: of the numbers for SEARCH, of what was asked for with SORT (RFC 5267 §3)
        if (returns.Options.HasFlag(ImapSearchOptions.Min) && hits.Count > 0) Item(" MIN "u8, Number(hits[0]));
        if (returns.Options.HasFlag(ImapSearchOptions.Max) && hits.Count > 0) Item(" MAX "u8, Number(hits[^1]));
        if (returns.Options.HasFlag(ImapSearchOptions.All) && hits.Count > 0)
        {
            writer.Raw(" ALL "u8);
            writer.Set(Ranges(hits.Select(Number)));
        }
        if (returns.Options.HasFlag(ImapSearchOptions.Count)) Item(" COUNT "u8, (ulong)hits.Count);
        if (returns.Partial is { } partial)
        {
            // RFC 9394 §3.1
            writer.Raw(System.Text.Encoding.ASCII.GetBytes(partial.FromEnd ? $" PARTIAL (-{partial.First}:-{partial.Last} " : $" PARTIAL ({partial.First}:{partial.Last} "));
            var part = Part(hits, partial);
            if (part.Count == 0) writer.NString(null);
            else writer.Set(Ranges(part.Select(Number)));
            writer.Raw(")"u8);
        }
        if (hasModSeq && told.Count > 0) Item(" MODSEQ "u8, (ulong)told.Max(h => h.ModSeq));
        writer.EndLine();
        return done;

        ulong Number(Hit hit) => uid ? hit.Uid : (ulong)selected.View.SequenceOf(hit.Uid);

        void Item(ReadOnlySpan<byte> item, ulong value)
        {
            writer.Raw(item);
            writer.Number(value);
        }
    }

    /// <summary>Keeps for "$" what RFC 5182 §2.4 says, and RFC 7162 §3.1.10 wants to know the mod-sequences of.</summary>
    private static List<Hit> Save(SelectedMailbox selected, ImapSearchReturn returns, List<Hit> hits)
    {
        const ImapSearchOptions all = ImapSearchOptions.All | ImapSearchOptions.Count | ImapSearchOptions.Partial;
        var ends = new List<Hit>();
        if (hits.Count > 0 && returns.Options.HasFlag(ImapSearchOptions.Min)) ends.Add(hits[0]);
        if (hits.Count > 0 && returns.Options.HasFlag(ImapSearchOptions.Max)) ends.Add(hits[^1]);
        bool onlyEnds = (returns.Options & (ImapSearchOptions.Min | ImapSearchOptions.Max)) != 0 && (returns.Options & all) == 0;
        var meant = onlyEnds ? ends : hits;
        if (returns.Options.HasFlag(ImapSearchOptions.Save)) selected.Saved = UidRun.Of(meant.Select(h => h.Uid).Order().Distinct());
        return meant;
    }

    private static List<Hit> Part(List<Hit> hits, ImapPartial partial)
    {
        var (first, last) = partial.FromEnd ? (hits.Count - (long)partial.Last, hits.Count - (long)partial.First) : (partial.First - 1L, partial.Last - 1L);
        (first, last) = (Math.Max(0, first), Math.Min(hits.Count - 1, last));
        return first > last ? [] : hits.GetRange((int)first, (int)(last - first + 1));
    }

    /// <summary>In their order: what ascends without a gap is a range.</summary>
    private static List<ImapRange> Ranges(IEnumerable<ulong> numbers)
    {
        var ranges = new List<ImapRange>();
        foreach (uint number in numbers.Select(n => (uint)n))
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1) ranges[^1] = new(ranges[^1].First, number);
            else ranges.Add(new(number, number));
        }
        return ranges;
    }
}

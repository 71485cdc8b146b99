using Mta.Mailbox;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Searching;

/// <summary>Looks through the selected mailbox.</summary>
internal static class MessageSearch
{
    /// <summary>What matches, in order of UIDs; null where a message number is named that there is not.</summary>
    /// <param name="take">What is kept of each.</param>
    /// <param name="withContent">It is looked at, whatever the key is.</param>
    public static List<T>? Run<T>(ImapExecution x, ImapSearchKey key, Func<Candidate, T> take, bool withContent, out bool hasModSeq)
    {
        var (selected, indexes) = (x.Selected, x.Mailboxes.Store.Texts);
        using var reader = x.Read(selected.Owner);
        using var texts = indexes.Open(reader, selected.Id);
        var plan = SearchPlan.Of(key, selected, texts, x.Clock.GetUtcNow());
        hasModSeq = plan?.HasModSeq == true;
        if (plan is null) return null;
        if (plan.HasModSeq) x.Session.CondStore = true;
        var found = new List<T>();
        int read = 0;
        var candidate = new Candidate(reader, x.HeaderTexts);
        if (selected.View.Count > 0)
        {
            // what the client does not know of is above all that it knows, or gone
            foreach (var page in reader.Pages(selected.Id, new(selected.View.Runs[0].First, selected.View.Last)))
            {
                Look(page);
                // the log of the database must not wait for a long search
                reader.Pause();
                reader.Resume();
            }
        }
        // it would have been worth an index
        if (plan.NeedsText && x.SearchIndexFrom > 0 && read >= x.SearchIndexFrom) indexes.Request(selected.Owner.Id, selected.Id);
        return found;

        void Look(ReadOnlyMemory<MessageInfo> page)
        {
            int first = found.Count;
            var order = new List<uint>();
            var open = new List<uint>();
            foreach (ref readonly var message in page.Span)
            {
                candidate.Be(message);
                var verdict = plan.Judge(candidate);
                if (verdict == false) continue;
                if (verdict is null || withContent) open.Add(message.Uid);
                else Add(message.Uid);
            }
            if (open.Count == 0) return;
            read += open.Count;
            bool inOrder = first == found.Count;
            foreach (var uids in UidRun.Join(UidRun.Of(open), gap: 3))
            {
                foreach (var (message, content) in reader.Contents(selected.Id, uids, plan.NeedsText))
                {
                    if (open.BinarySearch(message.Uid) < 0) continue;
                    candidate.Be(message, content);
                    if (plan.Judge(candidate) == true) Add(message.Uid);
                }
            }
            if (inOrder) return;
            // those that were settled at once came before those that were not
            var items = found.GetRange(first, found.Count - first).ToArray();
            Array.Sort(order.ToArray(), items);
            found.RemoveRange(first, items.Length);
            found.AddRange(items);

            void Add(uint uid)
            {
                order.Add(uid);
                found.Add(take(candidate));
            }
        }
    }
}

using Mta.Mailbox;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Searching;

/// <summary>Looks through the selected mailbox.</summary>
internal static class MessageSearch
{
    private const int BatchSize = 500;

    /// <summary>What matches, in order of UIDs; null where a message number is named that there is not.</summary>
    /// <param name="take">What is kept of each.</param>
    /// <param name="withContent">It is looked at, whatever the key is.</param>
    public static List<T>? Run<T>(ImapExecution x, ImapSearchKey key, Func<Candidate, T> take, bool withContent, out bool hasModSeq)
    {
        var selected = x.Selected;
        var plan = SearchPlan.Of(key, selected, x.Clock.GetUtcNow());
        hasModSeq = plan?.HasModSeq == true;
        if (plan is null) return null;
        if (plan.HasModSeq) x.Session.CondStore = true;
        var found = new List<T>();
        foreach (var run in selected.View.Runs)
        {
            for (long first = run.First; first <= run.Last; first += BatchSize)
            {
                var batch = new UidRun((uint)first, (uint)Math.Min(run.Last, first + BatchSize - 1));
                using var reader = x.Read();
                var candidates = plan.NeedsContent || withContent
                    ? reader.Contents(selected.Id, batch, plan.NeedsText).Select(m => new Candidate(reader, m.Message, m.Content))
                    : reader.Messages(selected.Id, batch).Select(m => new Candidate(reader, m, null));
                foreach (var candidate in candidates)
                    if (plan.Matches(candidate)) found.Add(take(candidate));
            }
        }
        return found;
    }
}

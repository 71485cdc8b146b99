namespace Mta.Imap.Searching;

/// <summary>THREAD=ORDEREDSUBJECT (RFC 5256 §3): the same base subject is a thread, all of it answers to the first.</summary>
internal static class SubjectThreads
{
    public static List<ThreadNode> Build(IEnumerable<ThreadedMessage> messages)
    {
        var roots = new List<ThreadNode>();
        foreach (var subject in messages.GroupBy(m => m.Subject, StringComparer.Ordinal))
        {
            var sorted = subject.OrderBy(m => m.Sent).ThenBy(m => m.Uid).Select(m => new ThreadNode(m)).ToList();
            foreach (var answer in sorted.Skip(1)) sorted[0].Add(answer);
            roots.Add(sorted[0]);
        }
        roots.Sort(ThreadNode.Compare);
        return roots;
    }
}

namespace Mta.Imap.Searching;

/// <summary>THREAD=REFERENCES (RFC 5256 §3): by what messages say that they answer, and by subject where they do not.</summary>
internal static class ReferencesThreads
{
    public static List<ThreadNode> Build(IReadOnlyList<ThreadedMessage> messages)
    {
        var root = new ThreadNode(null);
        foreach (var node in Link(messages)) root.Add(node);
        foreach (var node in BottomUp(root)) Prune(node, root);
        root.Children.Sort(ThreadNode.Compare);
        JoinSubjects(root);
        foreach (var node in BottomUp(root)) node.Children.Sort(ThreadNode.Compare);
        return [.. root.Children];
    }

    /// <summary>Steps 1 and 2: those that have no parent.</summary>
    private static List<ThreadNode> Link(IReadOnlyList<ThreadedMessage> messages)
    {
        var all = new List<ThreadNode>();
        var byId = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            ThreadNode node;
            // an id that another message has already is none
            if (message.MessageId is not { } id) all.Add(node = new(message));
            else if (!byId.TryGetValue(id, out var known)) byId.Add(id, Added(node = new(message)));
            else if (known.Message is null) (node = known).Message = message;
            else all.Add(node = new(message));
            ThreadNode? parent = null;
            foreach (string reference in message.References)
            {
                if (!byId.TryGetValue(reference, out var referred)) byId.Add(reference, referred = Added(new(null)));
                // 1 (A): what is linked stays, and no circle comes of it
                if (parent is not null && referred.Parent is null && !parent.IsBelow(referred)) parent.Add(referred);
                parent = referred;
            }
            // 1 (B): the message itself knows best whom it answers
            if (parent is null || parent.IsBelow(node)) node.Leave();
            else parent.Add(node);
        }
        return [.. all.Where(node => node.Parent is null)];

        ThreadNode Added(ThreadNode node)
        {
            all.Add(node);
            return node;
        }
    }

    /// <summary>Step 3: one that is not there makes way for its children, at the top only for a single one.</summary>
    private static void Prune(ThreadNode node, ThreadNode root)
    {
        if (node.Message is not null || node == root) return;
        if (node.Children.Count > 1 && node.Parent == root) return;
        var parent = node.Parent!;
        foreach (var child in node.Children.ToArray()) parent.Add(child);
        node.Leave();
    }

    /// <summary>Step 5: threads with the same subject become one.</summary>
    private static void JoinSubjects(ThreadNode root)
    {
        var bySubject = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var node in root.Children)
        {
            string subject = node.First?.Subject ?? "";
            if (subject.Length == 0) continue;
            if (!bySubject.TryGetValue(subject, out var known) || known.Message is not null && node.Message is null
                || known.Message is { IsReply: true } && node.Message is { IsReply: false })
                bySubject[subject] = node;
        }
        foreach (var node in root.Children.ToArray())
        {
            string subject = node.First?.Subject ?? "";
            if (subject.Length == 0 || bySubject[subject] is var thread && thread == node) continue;
            thread = bySubject[subject];
            if (thread.Message is null && node.Message is null)
            {
                foreach (var child in node.Children.ToArray()) thread.Add(child);
                node.Leave();
            }
            else if (thread.Message is null || (node.Message is { IsReply: true } && !thread.Message.IsReply)) thread.Add(node);
            else
            {
                // neither answers the other: side by side below one that is not there
                var both = new ThreadNode(null);
                root.Add(both);
                both.Add(thread);
                both.Add(node);
                bySubject[subject] = both;
            }
        }
        root.Children.Sort(ThreadNode.Compare);
    }

    /// <summary>All of them, children before their parents.</summary>
    private static List<ThreadNode> BottomUp(ThreadNode root)
    {
        var nodes = new List<ThreadNode> { root };
        for (int i = 0; i < nodes.Count; i++) nodes.AddRange(nodes[i].Children);
        nodes.Reverse();
        return nodes;
    }
}

using Mta.Imap.Commands;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap.Searching;

/// <summary>THREAD (RFC 5256 §4).</summary>
internal static class ThreadHandler
{
    public static Task<ImapResult> RunAsync(ImapExecution x, ThreadCommand command)
    {
        if (MessageSearch.Run(x, command.Key, ThreadedMessage.Of, withContent: true, out _) is not { } found) return Task.FromResult(MessageHandlers.NoSuchNumber);
        var roots = command.Algorithm == ImapThreadAlgorithm.References ? ReferencesThreads.Build(found) : SubjectThreads.Build(found);
        var writer = x.Writer;
        writer.BeginLine("THREAD"u8);
        if (roots.Count > 0) writer.Space();
        foreach (var root in roots) Write(writer, root, command.Uid ? uid => uid : uid => (uint)x.Selected.View.SequenceOf(uid));
        writer.EndLine();
        return Task.FromResult(ImapResult.Ok("THREAD done") with { HidesExpunged = !command.Uid });
    }

    /// <summary><c>(1 2 (3 4)(5))</c>. Without recursion: a thread may be as deep as there are messages.</summary>
    private static void Write(ImapResponseWriter writer, ThreadNode root, Func<uint, uint> number)
    {
        var open = new Stack<ThreadNode?>(); // null: an end
        open.Push(root);
        while (open.TryPop(out var node))
        {
            if (node is null)
            {
                writer.Raw(")"u8);
                continue;
            }
            writer.Raw("("u8);
            open.Push(null);
            bool isFirst = true;
            while (true)
            {
                if (node.Message is { } message)
                {
                    if (!isFirst) writer.Space();
                    writer.Number(number(message.Uid));
                    isFirst = false;
                }
                if (node.Children.Count != 1) break;
                node = node.Children[0];
            }
            if (node.Children.Count > 0 && !isFirst) writer.Space();
            for (int i = node.Children.Count - 1; i >= 0; i--) open.Push(node.Children[i]);
        }
    }
}

using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>The base subject by which messages are sorted and threaded (RFC 5256 §2.1). Each step goes on where the one before stopped: linear time.</summary>
internal static class BaseSubject
{
    /// <param name="subject">Decoded (step 1).</param>
    public static (string Base, bool IsReplyOrForward) Of(string subject)
    {
        var text = Collapse(subject).AsSpan();
        bool isReply = false;
        while (true)
        {
            text = StripTrailers(text, ref isReply);
            text = StripLeaders(text, ref isReply);
            // step 6
            if (!text.StartsWith("[fwd:", StringComparison.OrdinalIgnoreCase) || text[^1] != ']') return (text.ToString(), isReply);
            text = text[5..^1];
            isReply = true;
        }
    }

    /// <summary>Step 1: tabs and folds are spaces, and several spaces one.</summary>
    private static string Collapse(string subject)
    {
        if (!subject.Contains("  ", StringComparison.Ordinal) && !subject.AsSpan().ContainsAny('\t', '\r', '\n')) return subject;
        var text = new StringBuilder(subject.Length);
        foreach (char c in subject)
        {
            bool isSpace = c is ' ' or '\t' or '\r' or '\n';
            if (isSpace && text.Length > 0 && text[^1] == ' ') continue;
            text.Append(isSpace ? ' ' : c);
        }
        return text.ToString();
    }

    /// <summary>Step 2.</summary>
    private static ReadOnlySpan<char> StripTrailers(ReadOnlySpan<char> text, scoped ref bool isReply)
    {
        const string forward = "(fwd)";
        for (text = text.TrimEnd(' '); text.EndsWith(forward, StringComparison.OrdinalIgnoreCase); text = text[..^forward.Length].TrimEnd(' ')) isReply = true;
        return text;
    }

    /// <summary>Steps 3 to 5: "[list] Re[2]: " and the like, and then "[list] " where something is left behind it.</summary>
    private static ReadOnlySpan<char> StripLeaders(ReadOnlySpan<char> text, scoped ref bool isReply)
    {
        while (true)
        {
            text = text.TrimStart(' ');
            // The blobs at the front are gone over once: where no "Re:" follows them, none follows fewer of them.
            int at = 0, last = 0;
            for (int next; (next = Blob(text, at)) > at; at = next) last = at;
            int end = ReplyOrForward(text, at);
            if (end > at)
            {
                isReply = true;
                text = text[end..];
                continue;
            }
            // step 4: the last blob stays where it is all there is
            return at < text.Length ? text[at..] : text[last..];
        }
    }

    /// <summary>subj-refwd: <c>re</c>, <c>fw</c> or <c>fwd</c>, perhaps a blob, and a colon. Where it ends; <paramref name="start"/> when there is none.</summary>
    private static int ReplyOrForward(ReadOnlySpan<char> text, int start)
    {
        var rest = text[start..];
        int at = start + (rest.StartsWith("fwd", StringComparison.OrdinalIgnoreCase) ? 3
            : rest.StartsWith("re", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("fw", StringComparison.OrdinalIgnoreCase) ? 2 : 0);
        if (at == start) return start;
        while (at < text.Length && text[at] == ' ') at++;
        at = Blob(text, at);
        return at < text.Length && text[at] == ':' ? at + 1 : start;
    }

    /// <summary>subj-blob: brackets with no brackets in them, and the space behind. Where it ends; <paramref name="start"/> when there is none.</summary>
    private static int Blob(ReadOnlySpan<char> text, int start)
    {
        if (start >= text.Length || text[start] != '[') return start;
        int length = text[(start + 1)..].IndexOfAny('[', ']');
        if (length < 0 || text[start + 1 + length] != ']') return start;
        int at = start + length + 2;
        while (at < text.Length && text[at] == ' ') at++;
        return at;
    }
}

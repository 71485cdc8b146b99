using System.Text;
using Mta.Mailbox;

namespace Mta.Imap.Commands;

/// <summary>A pattern of LIST: <c>*</c> stands for anything, <c>%</c> for anything within a level (RFC 9051 §6.3.9).</summary>
internal sealed class ListPattern(string pattern)
{
    private readonly string _pattern = MailboxName.Normalize(Squeeze(pattern));
    private readonly string _capitals = Squeeze(pattern).ToUpperInvariant();

    /// <summary>In time of the product of the lengths, whatever the pattern is.</summary>
    public bool Matches(string name) => Matches(_pattern, name)
        // RFC 9051 §6.3.9: INBOX is the same in any case, also for a pattern
        || name == MailboxName.Inbox && Matches(_capitals, name);

    private static bool Matches(string pattern, string name)
    {
        // which lengths of the pattern match what was read of the name
        var states = new bool[pattern.Length + 1];
        states[0] = true;
        Skip(pattern, states);
        foreach (char c in name)
        {
            var next = new bool[states.Length];
            for (int i = 0; i < pattern.Length; i++)
            {
                if (!states[i]) continue;
                if (pattern[i] == '*' || pattern[i] == '%' && c != MailboxName.Separator) next[i] = true;
                else if (pattern[i] == c) next[i + 1] = true;
            }
            Skip(pattern, next);
            states = next;
        }
        return states[^1];
    }

    // a wildcard may stand for nothing
    private static void Skip(string pattern, bool[] states)
    {
        for (int i = 0; i < pattern.Length; i++)
            if (states[i] && pattern[i] is '*' or '%') states[i + 1] |= states[i];
    }

    /// <summary>Wildcards that follow each other mean what one of them does.</summary>
    private static string Squeeze(string pattern)
    {
        var text = new StringBuilder(pattern.Length);
        foreach (char c in pattern)
        {
            if (c is not ('*' or '%') || text.Length == 0 || text[^1] is not ('*' or '%')) text.Append(c);
            else if (c == '*') text[^1] = '*';
        }
        return text.ToString();
    }
}

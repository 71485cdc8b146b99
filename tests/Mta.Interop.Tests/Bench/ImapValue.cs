using System.Globalization;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>A value of an IMAP answer: a list, or an atom, NIL, number or string. A string is the same quoted and as a literal.</summary>
internal sealed record ImapValue(ImapValue[]? Items, string? Text, bool IsString)
{
    public static ImapValue Parse(string answer, ref int at)
    {
        switch (answer[at])
        {
            case '(':
                var items = new List<ImapValue>();
                for (at++; answer[at] != ')';)
                {
                    if (answer[at] == ' ') at++;
                    else items.Add(Parse(answer, ref at));
                }
                at++;
                return new([.. items], null, false);
            case '"':
                var quoted = new StringBuilder();
                for (at++; answer[at] != '"'; at++) quoted.Append(answer[at] == '\\' ? answer[++at] : answer[at]);
                at++;
                return new(null, quoted.ToString(), true);
            case '~': // a literal that may hold NUL (RFC 9051 §4.4)
                at++;
                return Parse(answer, ref at);
            case '{':
                int end = answer.IndexOf("}\r\n", at, StringComparison.Ordinal) + 3;
                int length = int.Parse(answer.AsSpan(at + 1, end - at - 4), CultureInfo.InvariantCulture);
                at = end + length;
                return new(null, answer.Substring(end, length), true);
            default:
                // an atom; the name of a section has spaces in its brackets
                int start = at;
                for (int depth = 0; at < answer.Length && (depth > 0 || answer[at] is not (' ' or '(' or ')' or '\r')); at++)
                    depth += answer[at] == '[' ? 1 : answer[at] == ']' ? -1 : 0;
                return new(null, answer[start..at], false);
        }
    }

    public static ImapValue Parse(string answer)
    {
        int at = 0;
        return Parse(answer, ref at);
    }

    public override string ToString() =>
        Items is not null ? "(" + string.Join(' ', Items.Select(i => i.ToString())) + ")"
        : IsString ? "\"" + Text!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\""
        : Text!;
}

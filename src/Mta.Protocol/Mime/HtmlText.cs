using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Takes the tags out of HTML. Crude: for a preview, which is plain text, and not for a browser. Linear time.</summary>
internal static class HtmlText
{
    private static readonly string[] Silent = ["head", "style", "script", "title"];

    public static string Strip(ReadOnlySpan<char> html)
    {
        var text = new StringBuilder(html.Length);
        while (!html.IsEmpty)
        {
            int tag = html.IndexOf('<');
            if (tag < 0) tag = html.Length;
            text.Append(html[..tag]);
            html = html[tag..];
            if (html.IsEmpty) break;
            text.Append(' ');
            html = Skip(html);
        }
        return text.Replace('>', ' ').ToString();
    }

    /// <summary>Behind the tag, the comment, or the element whose content nobody sees; an end that is missing is the end of the text.</summary>
    private static ReadOnlySpan<char> Skip(ReadOnlySpan<char> html)
    {
        if (html.StartsWith("<!--")) return Behind(html, "-->");
        foreach (string name in Silent)
        {
            if (html.Length <= name.Length + 1 || !html[1..].StartsWith(name, StringComparison.OrdinalIgnoreCase) || char.IsAsciiLetterOrDigit(html[name.Length + 1])) continue;
            html = Behind(html, "</" + name);
            break;
        }
        return Behind(html, ">");
    }

    private static ReadOnlySpan<char> Behind(ReadOnlySpan<char> html, string end)
    {
        int at = html.IndexOf(end, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? default : html[(at + end.Length)..];
    }
}

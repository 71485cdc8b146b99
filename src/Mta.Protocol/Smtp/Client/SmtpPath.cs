using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mta.Protocol.Smtp.Client;

/// <summary>
/// A mailbox as it may stand between the angle brackets of MAIL and RCPT (RFC 5321 §4.1.2): the only form in which an address reaches
/// the wire, so that none can carry a second command.
/// </summary>
public readonly record struct SmtpPath
{
    private static readonly SearchValues<char> Atext =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.");
    private static readonly SearchValues<char> DomainText =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    private SmtpPath(string text) => Text = text;

    /// <summary>The null reverse-path.</summary>
    public static SmtpPath Null { get; } = new("");

    /// <summary><c>local@domain</c>, or empty for the null path.</summary>
    public string Text { get; }

    /// <summary>
    /// Makes a path of <c>local@domain</c>: quotes the local part where it must be, and turns the domain into A-labels where the server
    /// does not take UTF-8. False for an address that cannot be said to this server.
    /// </summary>
    public static bool TryCreate(string address, bool allowUtf8, out SmtpPath path)
    {
        path = default;
        int at = address.LastIndexOf('@');
        if (at < 1 || at == address.Length - 1 || address.Length > 1000) return false;
        string local = address[..at], domain = address[(at + 1)..];
        if (!allowUtf8 && !Ascii.IsValid(local)) return false;
        if (!allowUtf8 && !Ascii.IsValid(domain) && !TryGetALabels(domain, out domain)) return false;
        if (!IsDomain(domain) || !TryQuote(local, out string quoted)) return false;
        path = new(ReferenceEquals(quoted, local) && domain.Length == address.Length - at - 1 ? address : $"{quoted}@{domain}");
        return true;
    }

    private static bool IsDomain(string domain)
    {
        if (domain is ['[', .. var literal, ']'])
            return !literal.AsSpan().ContainsAnyExceptInRange('!', '~') && !literal.AsSpan().ContainsAny("[]\\<>");
        foreach (char c in domain)
            if (char.IsAscii(c) ? !DomainText.Contains(c) : !IsUtf8Text(c)) return false;
        return true;
    }

    private static bool TryQuote(string local, out string quoted)
    {
        quoted = local;
        if (IsDotString(local) || IsQuotedString(local)) return true;
        var text = new StringBuilder("\"", local.Length + 8);
        foreach (char c in local)
        {
            // RFC 5321 §4.1.2 qtextSMTP: no control characters, quoted or not
            if (char.IsAscii(c) ? char.IsControl(c) : !IsUtf8Text(c)) return false;
            if (c is '"' or '\\') text.Append('\\');
            text.Append(c);
        }
        quoted = text.Append('"').ToString();
        return true;
    }

    private static bool IsDotString(string local)
    {
        if (local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal)) return false;
        foreach (char c in local)
            if (char.IsAscii(c) ? !Atext.Contains(c) : !IsUtf8Text(c)) return false;
        return true;
    }

    private static bool IsQuotedString(string local)
    {
        if (local.Length < 2 || local[0] != '"' || local[^1] != '"') return false;
        for (int i = 1; i < local.Length - 1; i++)
        {
            if (local[i] == '\\') i++;
            else if (local[i] == '"') return false;
            if (i >= local.Length - 1 || (char.IsAscii(local[i]) ? char.IsControl(local[i]) : !IsUtf8Text(local[i]))) return false;
        }
        return true;
    }

    // RFC 6531 §3.3: UTF8-non-ascii; C1 controls and separators are of no use in an address and of some in an attack
    private static bool IsUtf8Text(char c) => c > '\u009F' && !char.IsSeparator(c);

    private static bool TryGetALabels(string domain, out string ascii)
    {
        try
        {
            ascii = new IdnMapping { UseStd3AsciiRules = false }.GetAscii(domain);
            return true;
        }
        catch (ArgumentException)
        {
            ascii = domain;
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"<{Text}>";
}

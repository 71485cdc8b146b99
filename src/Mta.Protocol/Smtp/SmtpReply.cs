namespace Mta.Protocol.Smtp;

/// <summary>
/// An SMTP reply: code 200 to 599, enhanced code if any, and text without line breaks of its own. A text of several
/// lines holds them separated by <c>\n</c> (RFC 5321 §4.2).
/// </summary>
public sealed record SmtpReply(int Code, EnhancedStatusCode Enhanced, string Text)
{
    /// <summary>2yz: the command was carried out.</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>3yz: the server waits for more.</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>4yz: try again later.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5yz: do not try this again.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>Reply with an enhanced code in its usual form, for example <c>new("550 5.7.1 relaying denied")</c>.</summary>
    public static SmtpReply Parse(string line)
    {
        int code = int.Parse(line.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
        string rest = line.Length > 4 ? line[4..] : "";
        return EnhancedStatusCode.TryParse(rest, out var enhanced, out int length)
            ? new(code, enhanced, rest[length..].TrimStart(' '))
            : new(code, default, rest);
    }

    /// <inheritdoc/>
    public override string ToString() => (Enhanced.IsNone ? $"{Code} {Text}" : $"{Code} {Enhanced} {Text}").Replace('\n', ' ');
}

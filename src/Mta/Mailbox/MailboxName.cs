using System.Text;

namespace Mta.Mailbox;

/// <summary>The name of a mailbox: levels, with <c>/</c> between them. INBOX is the same in any case (RFC 9051 §5.1).</summary>
public static class MailboxName
{
    public const string Inbox = "INBOX";
    public const char Separator = '/';

    /// <summary>Where the mailboxes of others are for who may look them up, by their addresses (RFC 2342 §5): nobody has one of their own there.</summary>
    public const string OtherUsers = "Other Users";

    /// <summary>Octets in UTF-8.</summary>
    public const int MaxLength = 1000;

    public const int MaxLevels = 30;

    /// <summary>As it is kept and compared: <c>inbox</c> and <c>inbox/…</c> with INBOX in capitals.</summary>
    public static string Normalize(string name) =>
        name.StartsWith(Inbox, StringComparison.OrdinalIgnoreCase) && (name.Length == Inbox.Length || name[Inbox.Length] == Separator) ? Inbox + name[Inbox.Length..] : name;

    /// <summary>Why a mailbox cannot have this name, or null.</summary>
    public static string? Wrong(string name) => name switch
    {
        "" => "a name must not be empty",
        _ when name == OtherUsers || name.StartsWith(Below(OtherUsers), StringComparison.Ordinal) => $"{OtherUsers} is for the mailboxes of others",
        _ when Encoding.UTF8.GetByteCount(name) > MaxLength => $"a name must not be longer than {MaxLength} octets",
        _ when name.Split(Separator) is var levels && levels.Length > MaxLevels => $"a name must not have more than {MaxLevels} levels",
        _ when name.Split(Separator).Any(level => level.Length == 0) => "no level of a name must be empty",
        // RFC 9051 §5.1: what LIST takes for patterns; and what no terminal or log should have to show
        _ when name.AsSpan().ContainsAny('*', '%') => "a name must not hold * or %",
        // RFC 9755 §3 with RFC 5198 §2: no controls, no line or paragraph separators
        _ when name.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFFFD') => "a name must not hold control characters",
        _ => null,
    };

    /// <summary>The mailbox above it, or null at the top.</summary>
    public static string? Parent(string name) => name.LastIndexOf(Separator) is > 0 and var end ? name[..end] : null;

    /// <summary>What the names of all below it begin with.</summary>
    public static string Below(string name) => name + Separator;
}

using System.Globalization;

namespace Mta.Protocol.Imap;

/// <summary>A response code (RFC 9051 §7.1, RFC 5530): a name, and what belongs to it as it goes over the wire.</summary>
public readonly record struct ImapCode(string Name, string? Argument = null)
{
    public static ImapCode Alert { get; } = new("ALERT");
    public static ImapCode AlreadyExists { get; } = new("ALREADYEXISTS");
    public static ImapCode AuthenticationFailed { get; } = new("AUTHENTICATIONFAILED");
    public static ImapCode AuthorizationFailed { get; } = new("AUTHORIZATIONFAILED");
    public static ImapCode BadCharset { get; } = new("BADCHARSET", "(US-ASCII UTF-8 ISO-8859-1)");
    public static ImapCode Cannot { get; } = new("CANNOT");
    public static ImapCode ClientBug { get; } = new("CLIENTBUG");
    public static ImapCode Closed { get; } = new("CLOSED");
    public static ImapCode CompressionActive { get; } = new("COMPRESSIONACTIVE");
    public static ImapCode ContactAdmin { get; } = new("CONTACTADMIN");
    public static ImapCode Corruption { get; } = new("CORRUPTION");
    public static ImapCode Expired { get; } = new("EXPIRED");
    public static ImapCode ExpungeIssued { get; } = new("EXPUNGEISSUED");
    public static ImapCode HasChildren { get; } = new("HASCHILDREN");
    public static ImapCode InUse { get; } = new("INUSE");
    public static ImapCode Limit { get; } = new("LIMIT");
    public static ImapCode NoModSeq { get; } = new("NOMODSEQ");
    public static ImapCode NonExistent { get; } = new("NONEXISTENT");
    public static ImapCode NoPerm { get; } = new("NOPERM");
    public static ImapCode NotSaved { get; } = new("NOTSAVED");
    public static ImapCode NotificationOverflow { get; } = new("NOTIFICATIONOVERFLOW");
    public static ImapCode OverQuota { get; } = new("OVERQUOTA");
    public static ImapCode Parse { get; } = new("PARSE");
    public static ImapCode PrivacyRequired { get; } = new("PRIVACYREQUIRED");
    public static ImapCode ReadOnly { get; } = new("READ-ONLY");
    public static ImapCode ReadWrite { get; } = new("READ-WRITE");
    public static ImapCode ServerBug { get; } = new("SERVERBUG");
    public static ImapCode TooBig { get; } = new("TOOBIG");
    public static ImapCode TooMany { get; } = new("TOOMANY");
    public static ImapCode TryCreate { get; } = new("TRYCREATE");
    public static ImapCode UidNotSticky { get; } = new("UIDNOTSTICKY");
    public static ImapCode Unavailable { get; } = new("UNAVAILABLE");
    public static ImapCode UnknownCte { get; } = new("UNKNOWN-CTE");
    public static ImapCode UseAttr { get; } = new("USEATTR");

    /// <summary>RFC 9051 §7.1.</summary>
    public static ImapCode UidNext(uint uid) => new("UIDNEXT", Text(uid));

    public static ImapCode UidValidity(uint validity) => new("UIDVALIDITY", Text(validity));

    /// <summary>RFC 3501 §7.1: the number of the first message that is not \Seen.</summary>
    public static ImapCode Unseen(uint number) => new("UNSEEN", Text(number));

    /// <summary>RFC 4315 §3.</summary>
    public static ImapCode AppendUid(uint validity, ImapSet uids) => new("APPENDUID", $"{Text(validity)} {uids}");

    /// <summary>RFC 4315 §3: both sets name as many, in the same order.</summary>
    public static ImapCode CopyUid(uint validity, ImapSet from, ImapSet to) => new("COPYUID", $"{Text(validity)} {from} {to}");

    /// <summary>RFC 4469 §4.1: the first that is no good, as it was written; "]" would end the code.</summary>
    public static ImapCode BadUrl(string url) => new("BADURL", url.Replace("]", "%5D", StringComparison.Ordinal));

    /// <summary>RFC 7162 §3.1.2.1.</summary>
    public static ImapCode HighestModSeq(ulong modSeq) => new("HIGHESTMODSEQ", Text(modSeq));

    /// <summary>RFC 7162 §3.1.3: what was not stored.</summary>
    public static ImapCode Modified(ImapSet set) => new("MODIFIED", set.ToString());

    /// <summary>RFC 8474 §4.1.</summary>
    public static ImapCode MailboxId(string id) => new("MAILBOXID", $"({id})");

    /// <summary>RFC 5464 §4.2.1: a value of so many octets was left out.</summary>
    public static ImapCode MetadataLongEntries(long octets) => new("METADATA LONGENTRIES", Text(octets));

    /// <summary>RFC 5464 §4.3.</summary>
    public static ImapCode MetadataMaxSize(long octets) => new("METADATA MAXSIZE", Text(octets));

    /// <summary>RFC 9051 §7.1: what is offered, separated by spaces.</summary>
    public static ImapCode Capability(string capabilities) => new("CAPABILITY", capabilities);

    /// <summary>RFC 9051 §7.1: the flags that are kept; with <paramref name="any"/>, keywords can be made up ("\*").</summary>
    public static ImapCode PermanentFlags(ImapFlags flags, bool any)
    {
        var names = ImapFlagNames.Of(flags.System).Concat(flags.Keywords);
        return new("PERMANENTFLAGS", $"({string.Join(' ', any ? names.Append("\\*") : names)})");
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>There is none.</summary>
    public bool IsNone => Name is null;
}

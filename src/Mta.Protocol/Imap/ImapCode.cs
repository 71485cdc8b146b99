namespace Mta.Protocol.Imap;

/// <summary>A response code (RFC 9051 §7.1, RFC 5530): a name, and what belongs to it as it goes over the wire.</summary>
public readonly record struct ImapCode(string Name, string? Argument = null)
{
    public static ImapCode Alert { get; } = new("ALERT");
    public static ImapCode AlreadyExists { get; } = new("ALREADYEXISTS");
    public static ImapCode AuthenticationFailed { get; } = new("AUTHENTICATIONFAILED");
    public static ImapCode AuthorizationFailed { get; } = new("AUTHORIZATIONFAILED");
    public static ImapCode BadCharset { get; } = new("BADCHARSET", "(US-ASCII UTF-8 ISO-8859-1)");
    public static ImapCode BadUrl { get; } = new("BADURL");
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

    /// <summary>There is none.</summary>
    public bool IsNone => Name is null;
}

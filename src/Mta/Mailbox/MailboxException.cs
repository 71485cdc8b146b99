namespace Mta.Mailbox;

/// <summary>Why a mailbox cannot be used as asked: nothing was changed.</summary>
public enum MailboxProblem : byte
{
    /// <summary>[NONEXISTENT], or [TRYCREATE] where a message was to go there.</summary>
    NoSuchMailbox,

    /// <summary>[EXPUNGEISSUED]: somebody else was faster.</summary>
    NoSuchMessage,

    /// <summary>[ALREADYEXISTS]</summary>
    Exists,

    /// <summary>[HASCHILDREN]</summary>
    HasChildren,

    /// <summary>[CANNOT]: the name, or what was asked of INBOX.</summary>
    Cannot,

    /// <summary>[NOPERM] (RFC 4314 §4)</summary>
    NotPermitted,

    /// <summary>[OVERQUOTA]</summary>
    OverQuota,

    /// <summary>[LIMIT]: mailboxes of an account, keywords of a mailbox.</summary>
    Limit,

    /// <summary>[METADATA TOOMANY]</summary>
    TooManyAnnotations,

    /// <summary>[USEATTR]: a special use that another mailbox has (RFC 6154 §3).</summary>
    SpecialUseTaken,
}

/// <inheritdoc cref="MailboxProblem"/>
public sealed class MailboxException(MailboxProblem problem, string message) : Exception(message)
{
    public MailboxProblem Problem { get; } = problem;
}

namespace Mta.Protocol.Imap;

/// <summary>What STATUS tells of a mailbox (RFC 9051 §6.3.11 and its extensions).</summary>
[Flags]
public enum ImapStatusItems : ushort
{
    None = 0,
    Messages = 1,
    UidNext = 2,
    UidValidity = 4,
    Unseen = 8,
    Deleted = 16,
    Size = 32,

    /// <summary>RFC 3501 alone.</summary>
    Recent = 64,

    /// <summary>RFC 7162 §3.1.7.</summary>
    HighestModSeq = 128,

    /// <summary>RFC 7889 §4.</summary>
    AppendLimit = 256,

    /// <summary>RFC 8474 §4.3.</summary>
    MailboxId = 512,

    /// <summary>RFC 9208 §4.1.4.</summary>
    DeletedStorage = 1024,
}

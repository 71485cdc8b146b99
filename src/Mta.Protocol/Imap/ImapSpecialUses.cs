namespace Mta.Protocol.Imap;

/// <summary>What a mailbox is for (RFC 6154 §2, RFC 8457 §5).</summary>
[Flags]
public enum ImapSpecialUses : byte
{
    None = 0,
    All = 1,
    Archive = 2,
    Drafts = 4,
    Flagged = 8,
    Junk = 16,
    Sent = 32,
    Trash = 64,
    Important = 128,
}

namespace Mta.Mailbox;

/// <summary>A mailbox and what is counted of it.</summary>
/// <param name="Id">Of this mailbox alone, for ever; it stays when the name changes (MAILBOXID, RFC 8474 §4).</param>
/// <param name="ModSeq">HIGHESTMODSEQ.</param>
/// <param name="SpecialUse"><c>\Sent</c> and the like, or null.</param>
public sealed record MailboxInfo(
    long Id, string Name, uint UidValidity, uint UidNext, long ModSeq, long Messages, long Unseen, long Deleted, long Octets, string? SpecialUse);

/// <summary>A mailbox when it was opened.</summary>
/// <param name="FirstUnseen">UID of the first message without \Seen, 0 for none.</param>
public sealed record OpenedMailbox(MailboxInfo Info, UidView Uids, Keywords Keywords, uint FirstUnseen);

/// <summary>A message in a mailbox, without its content.</summary>
/// <param name="EmailId">Of this content in this account alone, however many mailboxes it is in (EMAILID, RFC 8474 §5.1).</param>
/// <param name="BodyId">Of what others may have as well.</param>
/// <param name="ThreadId">THREADID (RFC 8474 §5.2).</param>
/// <param name="ReceivedAt">INTERNALDATE.</param>
public readonly record struct MessageInfo(
    uint Uid, long EmailId, long BodyId, long ThreadId, long ModSeq, MailFlags Flags, long Size, DateTimeOffset ReceivedAt, DateTimeOffset SavedAt);

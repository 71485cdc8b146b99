namespace Mta.Protocol.Imap.Commands;

/// <summary>FETCH (RFC 9051 §6.4.5). Macros are written out; UID FETCH answers with UIDs even where they are not among the items.</summary>
/// <param name="ChangedSince">RFC 7162 §3.1.4.1.</param>
/// <param name="Vanished">RFC 7162 §3.2.6: with UID and CHANGEDSINCE alone.</param>
/// <param name="Partial">RFC 9394 §3.3: with UID alone.</param>
public sealed record FetchCommand(string Tag, bool Uid, ImapSet Set, IReadOnlyList<ImapFetchItem> Items, ulong? ChangedSince, bool Vanished, ImapPartial? Partial)
    : ImapCommand(Tag, ImapVerb.Fetch);

/// <summary>What of a message is asked for.</summary>
public abstract record ImapFetchItem
{
    private ImapFetchItem() { }

    public sealed record Attribute(ImapFetchAttribute Which) : ImapFetchItem;

    /// <summary>BODY[…] and BODY.PEEK[…].</summary>
    public sealed record Body(ImapSection Section, bool IsPeek, ImapFetchSlice? Slice) : ImapFetchItem;

    /// <summary>BINARY[…] and BINARY.PEEK[…] (RFC 3516).</summary>
    public sealed record Binary(IReadOnlyList<uint> Part, bool IsPeek, ImapFetchSlice? Slice) : ImapFetchItem;

    /// <summary>BINARY.SIZE[…].</summary>
    public sealed record BinarySize(IReadOnlyList<uint> Part) : ImapFetchItem;

    /// <summary>RFC 8970; lazy: only where it is at hand.</summary>
    public sealed record Preview(bool IsLazy) : ImapFetchItem;
}

/// <summary>Items without anything beside their name.</summary>
public enum ImapFetchAttribute : byte
{
    Envelope, Flags, InternalDate, Size, Uid,

    /// <summary>BODY: the structure without extension data.</summary>
    Body,
    BodyStructure,

    /// <summary>RFC822 is BODY[], under another name.</summary>
    Rfc822,

    /// <summary>RFC822.HEADER is BODY.PEEK[HEADER].</summary>
    Rfc822Header,

    /// <summary>RFC822.TEXT is BODY[TEXT].</summary>
    Rfc822Text,
    ModSeq, EmailId, ThreadId, SaveDate,
}

/// <summary>Octets from an offset on: <c>&lt;0.1024&gt;</c>.</summary>
/// <param name="Count">At least 1.</param>
public readonly record struct ImapFetchSlice(long Offset, long Count);

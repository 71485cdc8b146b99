namespace Mta.Protocol.Mime;

/// <summary>What a mailbox needs to know of a message without reading it again: its structure, its envelope, and what it is sorted and threaded by.</summary>
public sealed class MessageIndex
{
    /// <summary>Octets of the message.</summary>
    public required long Size { get; init; }

    /// <summary>Line ends in the message.</summary>
    public required long Lines { get; init; }

    /// <summary>The message itself as a part: its header begins at 0.</summary>
    public required MimePart Root { get; init; }

    public required Envelope Envelope { get; init; }

    /// <summary>The Date field, in its own zone; null where there is none that can be read: then the day of arrival stands for it (RFC 5256 §2.2).</summary>
    public DateTimeOffset? SentDate { get; init; }

    /// <summary>Normalized, without its angle brackets (RFC 5256, REFERENCES); null where there is none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The message ids of References, oldest first, or else the first one of In-Reply-To (RFC 5256, REFERENCES step 1).</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>The subject without "Re:", "Fwd:" and their kin, decoded (RFC 5256 §2.1); its letters as they were.</summary>
    public string BaseSubject { get; init; } = "";

    /// <summary>Something that says so was taken off the subject: it answers or forwards a message.</summary>
    public bool IsReplyOrForward { get; init; }

    /// <summary>Sort keys FROM, TO and CC: the mailbox (addr-mailbox) of the first address, decoded (RFC 5256 §3); empty for none.</summary>
    public string SortFrom { get; init; } = "";

    public string SortTo { get; init; } = "";
    public string SortCc { get; init; } = "";

    /// <summary>Sort keys DISPLAYFROM and DISPLAYTO: the display name of the first address or else the address (RFC 5957 §3).</summary>
    public string DisplayFrom { get; init; } = "";

    public string DisplayTo { get; init; } = "";
}

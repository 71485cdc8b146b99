namespace Mta.Protocol.Mime;

/// <summary>A part of a message, or the whole of it (RFC 2045 §2.5: an entity): where it lies, and what its header says of it.</summary>
public sealed class MimePart
{
    /// <summary>With the empty line that ends it.</summary>
    public MimeRange Header { get; init; }

    /// <summary>As it was sent, without the line end that belongs to the boundary behind it (RFC 2046 §5.1.1).</summary>
    public MimeRange Body { get; init; }

    /// <summary>Line ends in the body; the text behind the last is no line.</summary>
    public long BodyLines { get; init; }

    /// <summary>Line ends in the header, with that of the empty line.</summary>
    public long HeaderLines { get; init; }

    /// <summary>As it is written, or the default: text/plain, and message/rfc822 in a multipart/digest (RFC 2046 §5.1.5).</summary>
    public MimeText Type { get; init; }

    public MimeText Subtype { get; init; }
    public IReadOnlyList<MimeParameter> Parameters { get; init; } = [];
    public MimeText ContentId { get; init; }
    public MimeText Description { get; init; }

    /// <summary>As it is written; nothing where there is no such field, which means 7bit.</summary>
    public MimeText TransferEncoding { get; init; }

    public MimeText Md5 { get; init; }
    public MimeText Disposition { get; init; }
    public IReadOnlyList<MimeParameter> DispositionParameters { get; init; } = [];
    public IReadOnlyList<MimeText> Languages { get; init; } = [];
    public MimeText Location { get; init; }

    /// <summary>Of a multipart; empty where none was found in it.</summary>
    public IReadOnlyList<MimePart> Children { get; init; } = [];

    /// <summary>The message in a message/rfc822 or message/global; its header begins where the body of this part does.</summary>
    public EmbeddedMessage? Message { get; init; }

    /// <summary>It was read as a multipart: it has a boundary, and is not too deep.</summary>
    public bool IsMultipart { get; init; }

    public bool IsText => Type.Is("text"u8);
}

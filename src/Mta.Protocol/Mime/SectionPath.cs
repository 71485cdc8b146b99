namespace Mta.Protocol.Mime;

/// <summary>What a section means by its last word (RFC 9051 §6.4.5.1).</summary>
public enum SectionKind : byte
{
    /// <summary>The part's body, or the message as a whole.</summary>
    All,
    Header,
    HeaderFields,
    HeaderFieldsNot,
    Text,
    Mime,
}

/// <summary>What stands between the brackets of BODY[…] and BINARY[…].</summary>
/// <param name="Numbers">From 1, outermost first; empty for the message itself.</param>
/// <param name="Fields">Names of header fields, for the two kinds that have them.</param>
public sealed record SectionPath(IReadOnlyList<int> Numbers, SectionKind Kind, IReadOnlyList<string> Fields)
{
    /// <summary>Numbers of the deepest section that is read.</summary>
    public const int MostNumbers = MimeLimits.Depth;

    /// <summary>Reads <c>1.2.HEADER.FIELDS (FROM TO)</c> and the like; names as atoms or quoted. Who has names as literals makes the record himself.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out SectionPath section) => throw new NotImplementedException();

    /// <summary>
    /// Where it lies in the message; false where there is no such part: the answer is NIL. Of HEADER.FIELDS and HEADER.FIELDS.NOT it is the whole header section,
    /// which a <see cref="HeaderFilter"/> filters.
    /// </summary>
    public bool TryFind(MessageIndex index, out MimeRange range) => throw new NotImplementedException();

    /// <summary>The part that the numbers name; the root for none (BINARY needs its transfer encoding).</summary>
    public MimePart? FindPart(MessageIndex index) => throw new NotImplementedException();
}

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

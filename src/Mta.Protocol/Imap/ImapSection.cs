namespace Mta.Protocol.Imap;

/// <summary>A part of a message (RFC 9051 §6.4.5.1).</summary>
/// <param name="Part">Numbers of body parts, outermost first; empty for the message itself.</param>
/// <param name="Fields">Names of header fields, as the client spelled them, for <see cref="ImapSectionText.HeaderFields"/> and its opposite.</param>
public sealed record ImapSection(IReadOnlyList<uint> Part, ImapSectionText Text, IReadOnlyList<string> Fields);

/// <summary>What of a part is meant.</summary>
public enum ImapSectionText : byte
{
    /// <summary>All of it.</summary>
    Whole,
    Header,
    HeaderFields,
    HeaderFieldsNot,
    Text,

    /// <summary>The header of a body part; never of the message itself.</summary>
    Mime,
}

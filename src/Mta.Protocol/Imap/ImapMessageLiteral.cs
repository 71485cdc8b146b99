namespace Mta.Protocol.Imap;

/// <summary>A literal with a message, or a piece of one, that is about to come: what of its command is known by then.</summary>
/// <param name="Verb">APPEND or REPLACE.</param>
/// <param name="Uid">UID REPLACE.</param>
/// <param name="Replaces">What REPLACE replaces, or null.</param>
/// <param name="Message">Which message of the command it belongs to, from 0.</param>
/// <param name="Part">Which part of that message it is, URLs counted, from 0.</param>
/// <param name="IsCatenated">It is a piece (CATENATE): more may follow.</param>
/// <param name="Size">Octets.</param>
/// <param name="IsSynchronizing">The client waits for leave to send it.</param>
public sealed record ImapMessageLiteral(string Tag, ImapVerb Verb, string Mailbox, bool Uid, uint? Replaces, ImapFlags Flags, DateTimeOffset? Date,
    int Message, int Part, bool IsCatenated, long Size, ImapLiteralKind Kind, bool IsSynchronizing);

/// <summary>The ways to write a literal with a message.</summary>
public enum ImapLiteralKind : byte
{
    /// <summary><c>{n}</c>: no NUL in it (RFC 9051 §4.3); whoever takes the octets checks that.</summary>
    Text,

    /// <summary><c>~{n}</c>: any octets (RFC 3516 §4.4).</summary>
    Binary,

    /// <summary><c>UTF8 (~{n})</c>: a message with UTF-8 in its header (RFC 6855 §4).</summary>
    Utf8,
}

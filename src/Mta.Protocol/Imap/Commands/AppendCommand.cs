namespace Mta.Protocol.Imap.Commands;

/// <summary>APPEND with one message or several (RFC 9051 §6.3.12, RFC 3502), each whole, in pieces (RFC 4469) or in UTF-8 (RFC 6855 §4).</summary>
/// <remarks>What its literals held was handed out before, literal by literal (<see cref="ImapMessageLiteral"/>).</remarks>
public sealed record AppendCommand(string Tag, string Mailbox, IReadOnlyList<ImapAppendMessage> Messages) : ImapCommand(Tag, ImapVerb.Append);

/// <summary>RFC 8508: a message in the place of another.</summary>
/// <param name="Number">A message number, or a UID, or <see cref="ImapRange.Star"/>.</param>
public sealed record ReplaceCommand(string Tag, bool Uid, uint Number, string Mailbox, ImapAppendMessage Message) : ImapCommand(Tag, ImapVerb.Replace);

/// <summary>A message to be stored.</summary>
/// <param name="Date">That it is to have as its internal date.</param>
/// <param name="Parts">One literal; or, with CATENATE, literals and URLs whose contents make the message in this order.</param>
public sealed record ImapAppendMessage(ImapFlags Flags, DateTimeOffset? Date, IReadOnlyList<ImapAppendPart> Parts, bool IsCatenated);

/// <summary>A piece of a message to be stored.</summary>
public abstract record ImapAppendPart
{
    private ImapAppendPart() { }

    /// <summary>A literal that was handed out.</summary>
    public sealed record Literal(long Size, ImapLiteralKind Kind) : ImapAppendPart;

    /// <summary>An IMAP URL, as it was written (RFC 4469 §3, RFC 5092).</summary>
    public sealed record Url(string Text) : ImapAppendPart;
}

namespace Mta.Protocol.Imap;

/// <summary>Why something was not understood, as the client is to be told.</summary>
/// <param name="Tag">That of the command, or null where there is none ("*").</param>
/// <param name="Status">BAD as a rule; NO where the RFC wants that (BADCHARSET); BYE where the session is to end.</param>
/// <param name="Text">One line of printable US-ASCII.</param>
public sealed record ImapError(string? Tag, ImapStatus Status, string Text, ImapCode Code = default);

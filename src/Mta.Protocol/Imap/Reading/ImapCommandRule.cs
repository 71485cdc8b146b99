using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Imap.Reading;

/// <summary>Reads what follows a command's name, from the space before it to the end of the command.</summary>
internal delegate ImapCommand ImapParse(ref ImapParser parser, ImapCommandHead head);

/// <summary>One line of the table: the name, the states in which it is legal, who reads it, and whether UID may stand before it.</summary>
/// <param name="Parse">Null where the command has messages in it.</param>
internal sealed record ImapCommandRule(string Name, ImapVerb Verb, ImapStates Legal, ImapParse? Parse, bool HasUid = false);

/// <summary>The beginning of a command.</summary>
internal readonly record struct ImapCommandHead(string Tag, bool Uid);

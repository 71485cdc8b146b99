namespace Mta.Protocol.Imap.Commands;

/// <summary>A command that was understood. The hierarchy is closed: the sealed records of this namespace.</summary>
/// <param name="Tag">As the client sent it: at most 128 printable octets.</param>
public abstract record ImapCommand(string Tag, ImapVerb Verb);

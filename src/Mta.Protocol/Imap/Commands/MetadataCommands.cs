namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 5464 §4.2.</summary>
/// <param name="Mailbox">Empty for the server's own.</param>
/// <param name="Entries">In lower case: they are case-insensitive.</param>
/// <param name="MaxSize">Octets of a value that the client takes.</param>
public sealed record GetMetadataCommand(string Tag, string Mailbox, IReadOnlyList<string> Entries, long? MaxSize, ImapMetadataDepth Depth) : ImapCommand(Tag, ImapVerb.GetMetadata);

/// <summary>RFC 5464 §4.3.</summary>
/// <param name="Entries">A null value removes an entry.</param>
public sealed record SetMetadataCommand(string Tag, string Mailbox, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> Entries) : ImapCommand(Tag, ImapVerb.SetMetadata);

/// <summary>The entries themselves, those one below too, or all below.</summary>
public enum ImapMetadataDepth : byte { Zero, One, Infinity }

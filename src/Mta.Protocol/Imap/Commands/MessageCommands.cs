namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 3501 §6.4.1.</summary>
public sealed record CheckCommand(string Tag) : ImapCommand(Tag, ImapVerb.Check);

/// <summary>RFC 9051 §6.4.1.</summary>
public sealed record CloseCommand(string Tag) : ImapCommand(Tag, ImapVerb.Close);

/// <summary>RFC 9051 §6.4.2.</summary>
public sealed record UnselectCommand(string Tag) : ImapCommand(Tag, ImapVerb.Unselect);

/// <summary>RFC 9051 §6.4.3.</summary>
/// <param name="Uids">Those of UID EXPUNGE, or null.</param>
public sealed record ExpungeCommand(string Tag, ImapSet? Uids) : ImapCommand(Tag, ImapVerb.Expunge);

/// <summary>RFC 9051 §6.4.6.</summary>
/// <param name="UnchangedSince">RFC 7162 §3.1.3.</param>
public sealed record StoreCommand(string Tag, bool Uid, ImapSet Set, ImapStoreAction Action, bool IsSilent, ImapFlags Flags, ulong? UnchangedSince) : ImapCommand(Tag, ImapVerb.Store);

public enum ImapStoreAction : byte { Replace, Add, Remove }

/// <summary>RFC 9051 §6.4.7.</summary>
public sealed record CopyCommand(string Tag, bool Uid, ImapSet Set, string Mailbox) : ImapCommand(Tag, ImapVerb.Copy);

/// <summary>RFC 9051 §6.4.8.</summary>
public sealed record MoveCommand(string Tag, bool Uid, ImapSet Set, string Mailbox) : ImapCommand(Tag, ImapVerb.Move);

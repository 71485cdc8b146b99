namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 9051 §6.3.4, with the uses of RFC 6154 §3.</summary>
public sealed record CreateCommand(string Tag, string Mailbox, ImapSpecialUses Uses) : ImapCommand(Tag, ImapVerb.Create);

/// <summary>RFC 9051 §6.3.5.</summary>
public sealed record DeleteCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.Delete);

/// <summary>RFC 9051 §6.3.6.</summary>
public sealed record RenameCommand(string Tag, string From, string To) : ImapCommand(Tag, ImapVerb.Rename);

/// <summary>RFC 9051 §6.3.7.</summary>
public sealed record SubscribeCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.Subscribe);

/// <summary>RFC 9051 §6.3.8.</summary>
public sealed record UnsubscribeCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.Unsubscribe);

/// <summary>RFC 9051 §6.3.10.</summary>
public sealed record NamespaceCommand(string Tag) : ImapCommand(Tag, ImapVerb.Namespace);

/// <summary>RFC 9051 §6.3.11.</summary>
public sealed record StatusCommand(string Tag, string Mailbox, ImapStatusItems Items) : ImapCommand(Tag, ImapVerb.Status);

/// <summary>RFC 3501 §6.3.9.</summary>
public sealed record LsubCommand(string Tag, string Reference, string Pattern) : ImapCommand(Tag, ImapVerb.Lsub);

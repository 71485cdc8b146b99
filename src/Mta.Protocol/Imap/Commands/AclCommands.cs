namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 4314 §3.3.</summary>
public sealed record GetAclCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.GetAcl);

/// <summary>RFC 4314 §3.1.</summary>
/// <param name="Rights">Letters and digits in lower case, each once.</param>
public sealed record SetAclCommand(string Tag, string Mailbox, string Identifier, ImapRightsChange Change, string Rights) : ImapCommand(Tag, ImapVerb.SetAcl);

/// <summary>RFC 4314 §3.2.</summary>
public sealed record DeleteAclCommand(string Tag, string Mailbox, string Identifier) : ImapCommand(Tag, ImapVerb.DeleteAcl);

/// <summary>RFC 4314 §3.4.</summary>
public sealed record ListRightsCommand(string Tag, string Mailbox, string Identifier) : ImapCommand(Tag, ImapVerb.ListRights);

/// <summary>RFC 4314 §3.5.</summary>
public sealed record MyRightsCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.MyRights);

public enum ImapRightsChange : byte { Replace, Add, Remove }

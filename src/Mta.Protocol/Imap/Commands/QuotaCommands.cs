namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 9208 §4.2.1.</summary>
public sealed record GetQuotaCommand(string Tag, string Root) : ImapCommand(Tag, ImapVerb.GetQuota);

/// <summary>RFC 9208 §4.2.2.</summary>
public sealed record GetQuotaRootCommand(string Tag, string Mailbox) : ImapCommand(Tag, ImapVerb.GetQuotaRoot);

/// <summary>RFC 9208 §4.2.3.</summary>
/// <param name="Limits">By resource (STORAGE, MESSAGE, …), in upper case, each once.</param>
public sealed record SetQuotaCommand(string Tag, string Root, IReadOnlyList<KeyValuePair<string, long>> Limits) : ImapCommand(Tag, ImapVerb.SetQuota);

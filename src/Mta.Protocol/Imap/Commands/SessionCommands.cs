namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 9051 §6.1.1.</summary>
public sealed record CapabilityCommand(string Tag) : ImapCommand(Tag, ImapVerb.Capability);

/// <summary>RFC 9051 §6.1.2.</summary>
public sealed record NoopCommand(string Tag) : ImapCommand(Tag, ImapVerb.Noop);

/// <summary>RFC 9051 §6.1.3.</summary>
public sealed record LogoutCommand(string Tag) : ImapCommand(Tag, ImapVerb.Logout);

/// <summary>RFC 9051 §6.2.1. What is behind it in the clear is not to be read: <see cref="ImapCommandReader.HasBuffered"/>.</summary>
public sealed record StartTlsCommand(string Tag) : ImapCommand(Tag, ImapVerb.StartTls);

/// <summary>RFC 4978: what is behind it belongs to the compressed stream.</summary>
public sealed record CompressCommand(string Tag) : ImapCommand(Tag, ImapVerb.Compress);

/// <summary>RFC 8437.</summary>
public sealed record UnauthenticateCommand(string Tag) : ImapCommand(Tag, ImapVerb.Unauthenticate);

/// <summary>RFC 2177: answer with a continuation and call <see cref="ImapCommandReader.ExpectDone"/>.</summary>
public sealed record IdleCommand(string Tag) : ImapCommand(Tag, ImapVerb.Idle);

/// <summary>RFC 9051 §6.3.1.</summary>
/// <param name="Capabilities">In upper case.</param>
public sealed record EnableCommand(string Tag, IReadOnlyList<string> Capabilities) : ImapCommand(Tag, ImapVerb.Enable);

/// <summary>RFC 2971.</summary>
/// <param name="Fields">At most 30, none where the client says nothing of itself.</param>
public sealed record IdCommand(string Tag, IReadOnlyList<KeyValuePair<string, string?>> Fields) : ImapCommand(Tag, ImapVerb.Id);

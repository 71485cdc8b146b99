namespace Mta.Protocol.Imap.Commands;

/// <summary>RFC 9051 §6.2.2. Each challenge is followed by <see cref="ImapCommandReader.ExpectResponse"/>.</summary>
/// <param name="Mechanism">In upper case.</param>
/// <param name="InitialResponse">Decoded, empty for "=" (RFC 4959 §3); null where there is none.</param>
public sealed record AuthenticateCommand(string Tag, string Mechanism, ReadOnlyMemory<byte>? InitialResponse) : ImapCommand(Tag, ImapVerb.Authenticate)
{
    /// <summary>The response does not belong in a log.</summary>
    public override string ToString() => $"AuthenticateCommand {Tag} {Mechanism}";
}

/// <summary>RFC 9051 §6.2.3.</summary>
public sealed record LoginCommand(string Tag, string Name, string Password) : ImapCommand(Tag, ImapVerb.Login)
{
    /// <summary>Nor does a password.</summary>
    public override string ToString() => $"LoginCommand {Tag} {Name}";
}

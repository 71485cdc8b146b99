namespace Mta.Protocol.Pop3;

/// <summary>A message of a maildrop as it was at the sign-in.</summary>
/// <param name="Uid">Never another message's within the same validity.</param>
/// <param name="Size">Octets as it is stored.</param>
public readonly record struct Pop3Message(uint Uid, long Size);

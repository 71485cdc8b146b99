namespace Mta.Protocol.Imap;

/// <summary>The conditions of a status response (RFC 9051 §7.1).</summary>
public enum ImapStatus : byte { Ok, No, Bad, PreAuth, Bye }

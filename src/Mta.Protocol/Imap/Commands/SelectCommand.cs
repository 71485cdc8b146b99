namespace Mta.Protocol.Imap.Commands;

/// <summary>SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3).</summary>
/// <param name="IsReadOnly">EXAMINE.</param>
/// <param name="CondStore">The client asks for MODSEQ (RFC 7162 §3.1.8).</param>
public sealed record SelectCommand(string Tag, string Mailbox, bool IsReadOnly, bool CondStore, ImapQResync? QResync)
    : ImapCommand(Tag, IsReadOnly ? ImapVerb.Examine : ImapVerb.Select);

/// <summary>What the client knows of the mailbox (RFC 7162 §3.2.5).</summary>
/// <param name="KnownUids">Without "*"; null for all.</param>
/// <param name="MatchNumbers">Message numbers and, in <paramref name="MatchUids"/>, the UIDs that the client has for them; both or neither.</param>
public sealed record ImapQResync(uint UidValidity, ulong ModSeq, ImapSet? KnownUids, ImapSet? MatchNumbers, ImapSet? MatchUids);

namespace Mta.Protocol.Imap;

/// <summary>The results from the first to the last, counted from 1 (RFC 9394 §3.1).</summary>
/// <param name="First">Never greater than <paramref name="Last"/>.</param>
/// <param name="FromEnd">Counted back from the last result (<c>-1:-100</c>).</param>
public readonly record struct ImapPartial(uint First, uint Last, bool FromEnd);

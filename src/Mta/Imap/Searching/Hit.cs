namespace Mta.Imap.Searching;

/// <summary>A message that was found.</summary>
internal sealed record Hit(uint Uid, long ModSeq);

namespace Mta.Protocol.Imap;

/// <summary>Numbers from the one to the other, in either order; 0 stands for "*", the largest there is (RFC 9051 §9, seq-range).</summary>
public readonly record struct ImapRange(uint First, uint Last)
{
    /// <summary>"*".</summary>
    public const uint Largest = 0;
}

namespace Mta.Protocol.Imap;

/// <summary>Numbers from the one to the other, in either order; 0 stands for "*", the largest there is (RFC 9051 §9, seq-range).</summary>
public readonly record struct ImapRange(uint First, uint Last)
{
    /// <summary>"*".</summary>
    public const uint Star = 0;

    /// <summary>With "*" replaced, the smaller one first: "5:*" holds the largest even if that is 3.</summary>
    public ImapRange Resolve(uint largest)
    {
        var (first, last) = (First == Star ? largest : First, Last == Star ? largest : Last);
        return first <= last ? new(first, last) : new(last, first);
    }
}

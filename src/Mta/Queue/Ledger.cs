namespace Mta.Queue;

/// <summary>
/// What became of every recipient ever accepted: accepted = delivered + bounced + expired + discarded + queued, always.
/// </summary>
/// <param name="Bounced">Failed for good; the sender was told, unless it asked not to be or there is none.</param>
/// <param name="Discarded">Dropped by the operator.</param>
public readonly record struct Ledger(long Accepted, long Delivered, long Bounced, long Expired, long Discarded)
{
    /// <summary>What must still be in the queue.</summary>
    public long Queued => Accepted - Delivered - Bounced - Expired - Discarded;

    public static Ledger operator +(Ledger a, Ledger b) =>
        new(a.Accepted + b.Accepted, a.Delivered + b.Delivered, a.Bounced + b.Bounced, a.Expired + b.Expired, a.Discarded + b.Discarded);

    internal Ledger With(RecipientStatus ended) => ended switch
    {
        RecipientStatus.Delivered => this with { Delivered = Delivered + 1 },
        RecipientStatus.Failed => this with { Bounced = Bounced + 1 },
        RecipientStatus.Expired => this with { Expired = Expired + 1 },
        RecipientStatus.Dropped => this with { Discarded = Discarded + 1 },
        _ => throw new ArgumentOutOfRangeException(nameof(ended), ended, "is not an end"),
    };
}

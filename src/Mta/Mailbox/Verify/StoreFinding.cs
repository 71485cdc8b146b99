namespace Mta.Mailbox.Verify;

/// <summary>What became of something that is wrong.</summary>
public enum FindingState : byte
{
    /// <summary>It can be repaired, and was not: nobody asked for it.</summary>
    Found,

    Repaired,

    /// <summary>What is missing cannot be made up for: nothing was changed.</summary>
    Damaged,

    /// <summary>The repair failed; what it says why is at the end of <see cref="StoreFinding.What"/>.</summary>
    Failed,
}

/// <summary>Something in the store that is not as it must be.</summary>
/// <param name="Check">Which rule is broken, <c>table.column</c> as a rule.</param>
/// <param name="What">In words, with what can be done where nothing was.</param>
/// <param name="Account">Its address, or <c>account N</c> where it has none any more; null where it is nobody's.</param>
public sealed record StoreFinding(string Check, string What, string? Account = null, string? Mailbox = null, uint? Uid = null)
{
    public FindingState State { get; init; }
}

/// <summary>A part of the check, and what it found.</summary>
/// <param name="Stage">What was looked at: accounts, emails, bodies, file.</param>
/// <param name="Done">How far it is, of <paramref name="Total"/>.</param>
/// <param name="Next">Goes on from here; null at the end.</param>
public sealed record StoreCheckPage(string Stage, long Done, long Total, IReadOnlyList<StoreFinding> Findings, string? Next);

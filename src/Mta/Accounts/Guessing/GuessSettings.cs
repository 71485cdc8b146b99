using Mta.Config;

namespace Mta.Accounts.Guessing;

/// <summary><c>mta.accounts.guessing</c>.</summary>
public sealed record GuessSettings
{
    /// <summary>How long a refusal is kept back.</summary>
    public required TimeSpan FailureDelay { get; init; }

    /// <summary>Failures before the first lock: of a client's network, and of a name.</summary>
    public required int PerAddress { get; init; }
    public required int PerName { get; init; }

    /// <summary>The first lock; each further failure doubles it, up to <see cref="MaxLock"/>.</summary>
    public required TimeSpan MinLock { get; init; }
    public required TimeSpan MaxLock { get; init; }

    /// <summary>After each such time one failure is forgotten.</summary>
    public required TimeSpan Forget { get; init; }

    /// <summary>How long a network counts as its owner's after a sign-in from it.</summary>
    public required TimeSpan KnownFor { get; init; }

    /// <summary>Names and networks remembered, each.</summary>
    public required int Entries { get; init; }

    public static GuessSettings From(ConfigSection guessing)
    {
        var settings = new GuessSettings
        {
            FailureDelay = guessing.Duration("failure-delay"),
            PerAddress = guessing.Int("per-address", min: 1, max: 10_000),
            PerName = guessing.Int("per-name", min: 1, max: 10_000),
            MinLock = guessing.Duration("min-lock"),
            MaxLock = guessing.Duration("max-lock"),
            Forget = guessing.Duration("forget"),
            KnownFor = guessing.Duration("known-for"),
            Entries = guessing.Int("entries", min: 16, max: 10_000_000),
        };
        if (settings.MinLock <= TimeSpan.Zero) throw guessing.Wrong("min-lock", "must be more than 0");
        if (settings.MaxLock < settings.MinLock) throw guessing.Wrong("max-lock", "must not be less than min-lock");
        if (settings.Forget <= TimeSpan.Zero) throw guessing.Wrong("forget", "must be more than 0");
        return settings;
    }
}

using Mta.Accounts.Store;
using Mta.Protocol.Sasl;

namespace Mta.Accounts.Passwords;

/// <summary>What is kept of a password.</summary>
/// <param name="Password">See <see cref="Argon2Hash"/>.</param>
/// <param name="Scram">See <see cref="ScramSecret"/>; null where no such keys are kept.</param>
internal sealed record HashedPassword(string Password, string? Scram);

/// <summary>Makes and judges what is kept of passwords, never more at once than the settings allow.</summary>
internal sealed class PasswordHasher(PasswordSettings settings, TimeProvider clock)
{
    // what a password is compared with where there is none: it costs the same as a real one
    private readonly Lazy<string> _none = new(() => Argon2Hash.Create(Guid.NewGuid().ToString(), settings.Argon2));

    private long _hashes;

    /// <summary>How many hashes were computed.</summary>
    public long Hashes => Volatile.Read(ref _hashes);

    public HashGate Gate { get; } = new(settings.Parallel, settings.Waiting, settings.WaitLimit, clock);

    /// <summary>To be asked while holding a place at the gate.</summary>
    /// <param name="password">Prepared; null for what cannot be one.</param>
    /// <param name="kept">Null where there is no such account, or it has no password.</param>
    public async Task<bool> IsRightAsync(string? password, string? kept)
    {
        Interlocked.Increment(ref _hashes);
        bool same = await HashGate.Hash(() =>
        {
            // whoever signs in first waits for it to be made, whatever the name
            string none = _none.Value;
            return Argon2Hash.Verify(password ?? "", kept ?? none);
        }).ConfigureAwait(false);
        return same && password is not null && kept is not null;
    }

    /// <summary>The settings have changed since this was made.</summary>
    public bool IsOutdated(string kept, string? scram) =>
        Argon2Hash.CostOf(kept) != settings.Argon2
        || (ScramSecret.TryParse(scram)?.Iterations ?? 0) != settings.ScramIterations;

    /// <summary>To be asked while holding a place at the gate.</summary>
    /// <param name="password">Prepared.</param>
    public Task<HashedPassword> HashAsync(string password) => HashGate.Hash(() => new HashedPassword(
        Argon2Hash.Create(password, settings.Argon2),
        settings.ScramIterations == 0 ? null : ScramSecret.Format(ScramSecret.Create(password, settings.ScramIterations))));

    /// <summary>Judges a new password and hashes it. Throws <see cref="DirectoryException"/>.</summary>
    public async Task<HashedPassword> HashNewAsync(string password, CancellationToken cancel)
    {
        string prepared = PasswordText.Prepare(password)
            ?? throw DirectoryException.Invalid($"a password has 1 to {PasswordText.MaxLength} characters, and no control characters");
        if (prepared.EnumerateRunes().Count() < settings.MinLength) throw DirectoryException.Invalid($"the password is too short: it must have at least {settings.MinLength} characters");
        using var place = await Gate.EnterAsync(isKnown: true, cancel).ConfigureAwait(false)
            ?? throw new DirectoryException(DirectoryError.Busy, "too many passwords are being judged: try again");
        return await HashAsync(prepared).ConfigureAwait(false);
    }

    /// <summary>The keys to show for a name.</summary>
    public ScramKeys Keys(string? scram, string name, byte[] secret, IterationShares shares)
    {
        int iterations = shares.For(ScramSecret.Place(name, secret), settings.ScramIterations > 0 ? settings.ScramIterations : ScramSecret.MinIterations);
        // made in any case, and read as what is kept is: it takes the same time for both, to the microsecond
        string invented = ScramSecret.Format(ScramSecret.Invent(name, secret, iterations));
        return ScramSecret.TryParse(scram) ?? ScramSecret.TryParse(invented)!;
    }
}

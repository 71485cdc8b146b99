using Mta.Accounts.Guessing;
using Mta.Accounts.Names;
using Mta.Accounts.Passwords;
using Mta.Accounts.Tokens;
using Mta.Config;
using Mta.Protocol.Addresses;

namespace Mta.Accounts;

/// <summary><c>mta.accounts</c>.</summary>
public sealed record AccountsSettings
{
    /// <summary>Between user and detail in <c>user+detail@…</c>; empty where there are no plus addresses.</summary>
    public required string AddressSeparator { get; init; }

    /// <summary>What is added to a name without @ at sign-in; null: nothing.</summary>
    public required string? DefaultDomain { get; init; }

    /// <summary>Mailboxes and addresses elsewhere that one address may lead to.</summary>
    public required int MaxTargets { get; init; }

    /// <summary>Aliases of aliases.</summary>
    public required int MaxDepth { get; init; }
    public required int CacheSize { get; init; }

    /// <summary>How soon changes by another process are seen.</summary>
    public required TimeSpan RefreshInterval { get; init; }
    public required PasswordSettings Passwords { get; init; }
    public required GuessSettings Guessing { get; init; }

    /// <summary>Null where tokens are not taken.</summary>
    public required OAuthSettings? OAuth { get; init; }

    public static AccountsSettings From(ConfigSection accounts) => new()
    {
        AddressSeparator = Separator(accounts),
        DefaultDomain = accounts.OptionalString("default-domain") is not { } domain ? null
            : DomainName.Normalize(domain) ?? throw accounts.Wrong("default-domain", $"must be a domain name, is \"{domain}\""),
        MaxTargets = accounts.Int("max-targets", min: 1, max: 10_000),
        MaxDepth = accounts.Int("max-depth", min: 1, max: 100),
        CacheSize = accounts.Int("cache-size", min: 16, max: 10_000_000),
        RefreshInterval = accounts.Duration("refresh-interval") is { Ticks: > 0, TotalDays: <= 1 } interval ? interval
            : throw accounts.Wrong("refresh-interval", "must be more than 0, and a day at most"),
        Passwords = PasswordSettings.From(accounts.Section("passwords")),
        Guessing = GuessSettings.From(accounts.Section("guessing")),
        OAuth = OAuthSettings.From(accounts.Section("oauth")),
    };

    private static string Separator(ConfigSection accounts)
    {
        string separator = accounts.String("address-separator");
        return separator.Length <= 8 && AddressText.TryParse($"a{separator}b@x.test") is not null && separator == AddressKey.Fold(separator)
            ? separator
            : throw accounts.Wrong("address-separator", $"must be what may stand in an address, such as + or -, is \"{separator}\"");
    }
}

/// <summary><c>mta.accounts.passwords</c>.</summary>
public sealed record PasswordSettings
{
    /// <summary>Characters.</summary>
    public required int MinLength { get; init; }
    public required Argon2Cost Argon2 { get; init; }

    /// <summary>0: no keys for SCRAM are kept.</summary>
    public required int ScramIterations { get; init; }
    public required int Parallel { get; init; }
    public required int Waiting { get; init; }
    public required TimeSpan WaitLimit { get; init; }

    public static PasswordSettings From(ConfigSection passwords)
    {
        var argon2 = passwords.Section("argon2");
        // below 7 MiB no number of passes makes up for it; above 1 GiB a few sign-ins would take the machine's memory
        long memory = argon2.Size("memory");
        if (memory is < 7L << 20 or > 1L << 30) throw argon2.Wrong("memory", "must be from 7MiB to 1GiB");
        int iterations = passwords.Int("scram-iterations", max: ScramSecret.MaxIterations);
        if (iterations is > 0 and < ScramSecret.MinIterations) throw passwords.Wrong("scram-iterations", $"must be 0 or at least {ScramSecret.MinIterations} (RFC 7677 4)");
        return new()
        {
            MinLength = passwords.Int("min-length", min: 1, max: PasswordText.MaxLength),
            Argon2 = new((int)(memory >> 10), argon2.Int("passes", min: 1, max: 100)),
            ScramIterations = iterations,
            Parallel = passwords.Int("parallel", max: 1024) is > 0 and var parallel ? parallel : Environment.ProcessorCount,
            Waiting = passwords.Int("waiting", max: 100_000),
            WaitLimit = passwords.Duration("wait-limit"),
        };
    }
}

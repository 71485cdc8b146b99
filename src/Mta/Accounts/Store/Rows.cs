using LinqToDB.Mapping;

namespace Mta.Accounts.Store;

// The tables of directory-1.sql, which says what they hold.

[Table("counters")]
internal sealed record CounterRow
{
    public const string Account = "account", Change = "change";

    [Column("name"), PrimaryKey] public string Name { get; init; } = "";
    [Column("value")] public long Value { get; init; }
}

[Table("secrets")]
internal sealed record SecretRow
{
    [Column("name"), PrimaryKey] public string Name { get; init; } = "";
    [Column("value")] public string Value { get; init; } = "";
}

[Table("domains")]
internal sealed record DomainRow
{
    [Column("name"), PrimaryKey] public string Name { get; init; } = "";
    [Column("catch_all")] public string? CatchAll { get; init; }
    [Column("created_at")] public long CreatedAt { get; init; }
}

[Table("accounts")]
internal sealed record AccountRow
{
    [Column("id"), PrimaryKey] public long Id { get; init; }
    [Column("quota")] public long Quota { get; init; }
    [Column("messages_per_hour")] public int MessagesPerHour { get; init; }
    [Column("can_sign_in")] public bool CanSignIn { get; init; }
    [Column("takes_mail")] public bool TakesMail { get; init; }
    [Column("password")] public string? Password { get; init; }
    [Column("scram")] public string? Scram { get; init; }
    [Column("created_at")] public long CreatedAt { get; init; }
}

[Table("addresses")]
internal sealed record AddressRow
{
    [Column("address"), PrimaryKey] public string Address { get; init; } = "";
    [Column("domain")] public string Domain { get; init; } = "";
    [Column("account_id")] public long? AccountId { get; init; }
}

[Table("alias_targets")]
internal sealed record AliasTargetRow
{
    [Column("address"), PrimaryKey(1)] public string Address { get; init; } = "";
    [Column("target"), PrimaryKey(2)] public string Target { get; init; } = "";
}

[Table("app_passwords")]
internal sealed record AppPasswordRow
{
    private long _touched;

    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("name"), PrimaryKey(2)] public string Name { get; init; } = "";
    [Column("hash")] public string Hash { get; init; } = "";
    [Column("created_at")] public long CreatedAt { get; init; }
    [Column("last_used_at")] public long? LastUsedAt { get; init; }

    /// <summary>It is used: whether that is worth writing down, because the last such time was before <paramref name="before"/>.</summary>
    public bool Touch(long now, long before)
    {
        long touched = Volatile.Read(ref _touched);
        return Math.Max(touched, LastUsedAt ?? 0) <= before && Interlocked.CompareExchange(ref _touched, now, touched) == touched;
    }
}

[Table("sender_rights")]
internal sealed record SenderRightRow
{
    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("address"), PrimaryKey(2)] public string Address { get; init; } = "";
}

[Table("known_networks")]
internal sealed record KnownNetworkRow
{
    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("network"), PrimaryKey(2)] public string Network { get; init; } = "";
    [Column("seen_at")] public long SeenAt { get; init; }
}

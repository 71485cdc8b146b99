using LinqToDB;
using LinqToDB.Mapping;

namespace Mta.Mailbox.Store;

// The tables of mailboxes-1.sql and the next, which say what they hold.

[Table("accounts")]
internal sealed record AccountRow
{
    [Column("id"), PrimaryKey] public long Id { get; init; }
    [Column("mod_seq")] public long ModSeq { get; init; }
    [Column("uid_validity")] public long UidValidity { get; init; }
    [Column("octets")] public long Octets { get; init; }
    [Column("messages")] public long Messages { get; init; }
}

[Table("mailboxes")]
internal sealed record MailboxRow
{
    [Column("id"), PrimaryKey, Identity] public long Id { get; init; }
    [Column("account_id")] public long AccountId { get; init; }
    [Column("name")] public string Name { get; init; } = "";
    [Column("uid_validity")] public long UidValidity { get; init; }
    [Column("uid_next")] public long UidNext { get; init; }
    [Column("mod_seq")] public long ModSeq { get; init; }
    [Column("messages")] public long Messages { get; init; }
    [Column("unseen")] public long Unseen { get; init; }
    [Column("deleted")] public long Deleted { get; init; }
    [Column("octets")] public long Octets { get; init; }
    [Column("special_use")] public string? SpecialUse { get; init; }
}

[Table("subscriptions")]
internal sealed record SubscriptionRow
{
    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("name"), PrimaryKey(2)] public string Name { get; init; } = "";
}

[Table("keywords")]
internal sealed record KeywordRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("bit"), PrimaryKey(2)] public int Bit { get; init; }
    [Column("name")] public string Name { get; init; } = "";
}

[Table("uid_runs")]
internal sealed record UidRunRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("first_uid"), PrimaryKey(2)] public long FirstUid { get; init; }
    [Column("last_uid")] public long LastUid { get; init; }
}

[Table("bodies")]
internal sealed record BodyRow
{
    [Column("id"), PrimaryKey, Identity] public long Id { get; init; }
    [Column("hash")] public byte[] Hash { get; init; } = [];
    [Column("size")] public long Size { get; init; }
    [Column("refs")] public long Refs { get; init; }
    [Column("mime")] public byte[] Mime { get; init; } = [];
}

[Table("body_chunks")]
internal sealed record BodyChunkRow
{
    /// <summary>Octets of each chunk but the last.</summary>
    public const int Size = 65536;

    private const long PerBody = 65536;

    [Column("id"), PrimaryKey] public long Id { get; init; }
    [Column("data")] public byte[] Data { get; init; } = [];

    /// <param name="offset">Where in the body the chunk begins.</param>
    public static long Key(long bodyId, long offset) => bodyId * PerBody + offset / Size;
}

[Table("emails")]
internal sealed record EmailRow
{
    [Column("id"), PrimaryKey, Identity] public long Id { get; init; }
    [Column("account_id")] public long AccountId { get; init; }
    [Column("body_id")] public long BodyId { get; init; }
    [Column("trace")] public byte[] Trace { get; init; } = [];
    [Column("thread_id")] public long ThreadId { get; init; }
    [Column("refs")] public long Refs { get; init; }
}

[Table("thread_ids")]
internal sealed record ThreadIdRow
{
    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("message_id"), PrimaryKey(2)] public long MessageId { get; init; }
    [Column("thread_id")] public long ThreadId { get; init; }
}

[Table("messages")]
internal sealed record MessageRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("uid"), PrimaryKey(2)] public long Uid { get; init; }
    [Column("email_id")] public long EmailId { get; init; }
    [Column("mod_seq")] public long ModSeq { get; init; }
    [Column("flags")] public long Flags { get; init; }
    [Column("size")] public long Size { get; init; }
    [Column("received_at")] public long ReceivedAt { get; init; }

    /// <summary>Minutes east of UTC, as APPEND gave it: INTERNALDATE is told back as it was.</summary>
    [Column("received_zone")] public int ReceivedZone { get; init; }
    [Column("saved_at")] public long SavedAt { get; init; }
}

[Table("expunged")]
internal sealed record ExpungedRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("mod_seq"), PrimaryKey(2)] public long ModSeq { get; init; }
    [Column("first_uid"), PrimaryKey(3)] public long FirstUid { get; init; }
    [Column("last_uid")] public long LastUid { get; init; }
}

[Table("deliveries")]
internal sealed record DeliveryRow
{
    [Column("account_id"), PrimaryKey(1)] public long AccountId { get; init; }
    [Column("message_id"), PrimaryKey(2)] public long MessageId { get; init; }
    [Column("recipient"), PrimaryKey(3)] public string Recipient { get; init; } = "";
    [Column("delivered_at")] public long DeliveredAt { get; init; }
}

[Table("acl")]
internal sealed record AclRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("account_id"), PrimaryKey(2)] public long AccountId { get; init; }
    [Column("rights")] public int Rights { get; init; }
}

[Table("addresses")]
internal sealed record AddressRow
{
    [Column("account_id"), PrimaryKey] public long AccountId { get; init; }
    [Column("address")] public string Address { get; init; } = "";
}

[Table("annotations")]
internal sealed record AnnotationRow
{
    [Column("mailbox_id"), PrimaryKey(1)] public long MailboxId { get; init; }
    [Column("account_id"), PrimaryKey(2)] public long AccountId { get; init; }
    [Column("entry"), PrimaryKey(3)] public string Entry { get; init; } = "";
    [Column("value")] public byte[] Value { get; init; } = [];
}

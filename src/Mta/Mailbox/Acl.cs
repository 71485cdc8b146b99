using System.Collections.Immutable;

namespace Mta.Mailbox;

/// <summary>Who may do what with a mailbox (RFC 4314 §2).</summary>
/// <param name="Owner">The account that it belongs to.</param>
/// <param name="Entries">Each account once.</param>
public sealed record Acl(long Owner, ImmutableArray<AclEntry> Entries)
{
    /// <summary>The account that stands for all of them.</summary>
    public const long Anyone = 0;

    /// <summary>What an owner cannot lose: to know that the mailbox is there, and to change this.</summary>
    public const MailboxRights OwnersAlways = MailboxRights.Lookup | MailboxRights.Administer;

    /// <summary>What was granted to an account itself: everything to the owner, as long as nothing else was said.</summary>
    public MailboxRights Granted(long account) => account == Owner
        ? OwnersAlways | (Entries.FirstOrDefault(e => e.Account == account)?.Rights ?? MailboxRights.All)
        : Entries.FirstOrDefault(e => e.Account == account)?.Rights ?? MailboxRights.None;

    /// <summary>What an account may do, by what it was granted and by what anyone was (RFC 4314 §2: the union).</summary>
    public MailboxRights Of(long account) => Granted(account) | Granted(Anyone);
}

/// <param name="Address">Of the account; empty for <see cref="Acl.Anyone"/>.</param>
public sealed record AclEntry(long Account, string Address, MailboxRights Rights);

/// <summary>A mailbox that an account may look up: its own, or one that it was given rights to.</summary>
/// <param name="OwnerId">The account that it belongs to.</param>
/// <param name="Owner">Its address, where that is another.</param>
public sealed record VisibleMailbox(MailboxInfo Info, MailboxRights Rights, long OwnerId, string? Owner);

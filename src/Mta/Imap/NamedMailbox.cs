using Mta.Accounts;
using Mta.Mailbox;

namespace Mta.Imap;

/// <summary>A mailbox by the name that a session has for it: whose it is, what it is called there, and what the session's account may do with it.</summary>
/// <param name="Name">In the owner's account.</param>
/// <param name="Info">Null where there is none.</param>
/// <param name="Rights">None where there is none.</param>
internal sealed record NamedMailbox(Account Owner, string Name, bool IsOwn, MailboxInfo? Info, MailboxRights Rights)
{
    /// <summary>Of the names of mailboxes of others; the owner's address follows.</summary>
    public static readonly string Prefix = MailboxName.Below(MailboxName.OtherUsers);

    /// <summary>Answers as if there were none where that is all that the account may know (RFC 4314 §6).</summary>
    private static MailboxException NoSuchMailbox => new(MailboxProblem.NoSuchMailbox, "there is no such mailbox");

    public static MailboxException NotPermitted => new(MailboxProblem.NotPermitted, "you may not do that with this mailbox");

    /// <summary>As the session has it.</summary>
    public string SeenName => Seen(IsOwn ? null : Owner.Address, Name);

    /// <summary>The mailbox as the session sees it. Throws <see cref="MailboxException"/> where the account does not have all of these rights.</summary>
    public MailboxInfo Demand(MailboxRights needed) => Info switch
    {
        null => throw NoSuchMailbox,
        _ when Rights.HasFlag(needed) => Info with { Name = SeenName },
        _ => throw (Rights.HasFlag(MailboxRights.Lookup) ? NotPermitted : NoSuchMailbox),
    };

    /// <summary>A name of another's mailbox.</summary>
    public static bool IsOthers(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <param name="owner">The address of the account that has the mailbox; null for the session's own.</param>
    public static string Seen(string? owner, string name) => owner is null ? name : $"{Prefix}{owner}{MailboxName.Separator}{name}";

    /// <summary>Throws <see cref="MailboxException"/> where it would be another's, and there is no such account.</summary>
    public static async ValueTask<NamedMailbox> FindAsync(ImapExecution x, string name)
    {
        if (!IsOthers(name)) return Look(x, x.Account, MailboxName.Normalize(name));
        string[] parts = name[Prefix.Length..].Split(MailboxName.Separator, 2);
        if (parts is not [{ Length: > 0 } address, { Length: > 0 } inside] || await x.Directory.FindAccountAsync(address, CancellationToken.None).ConfigureAwait(false) is not { } owner)
            throw NoSuchMailbox;
        return Look(x, owner, MailboxName.Normalize(inside));
    }

    /// <summary>The nearest one above it that exists; null where there is none (RFC 4314 §4, CREATE).</summary>
    public NamedMailbox? Above(ImapExecution x)
    {
        for (string? parent = MailboxName.Parent(Name); parent is not null; parent = MailboxName.Parent(parent))
            if (Look(x, Owner, parent) is { Info: not null } found) return found;
        return null;
    }

    private static NamedMailbox Look(ImapExecution x, Account owner, string name)
    {
        using var reader = x.Read(owner);
        bool isOwn = owner.Id == x.Account.Id;
        return reader.Find(name) is { } info ? new(owner, name, isOwn, info, reader.Acl(info.Id).Of(x.Account.Id)) : new(owner, name, isOwn, null, MailboxRights.None);
    }
}

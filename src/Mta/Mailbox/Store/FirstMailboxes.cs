using LinqToDB;

namespace Mta.Mailbox.Store;

/// <summary>What every account has from the beginning: INBOX, and the mailboxes that mail programs would make otherwise, each under a name of its own (RFC 6154).</summary>
internal static class FirstMailboxes
{
    private static readonly (string Name, string? Use)[] All =
        [(MailboxName.Inbox, null), ("Archive", @"\Archive"), ("Drafts", @"\Drafts"), ("Junk", @"\Junk"), ("Sent", @"\Sent"), ("Trash", @"\Trash")];

    public static void Create(AccountTransaction transaction)
    {
        foreach (var (name, use) in All)
        {
            transaction.Db.Insert(new MailboxRow
            {
                AccountId = transaction.AccountId,
                Name = name,
                UidValidity = transaction.NextUidValidity(),
                UidNext = 1,
                ModSeq = transaction.ModSeq,
                SpecialUse = use,
            });
            transaction.Db.Insert(new SubscriptionRow { AccountId = transaction.AccountId, Name = name });
            transaction.Tell(new MailboxEvent.Created(name));
        }
    }
}

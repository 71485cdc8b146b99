using System.Collections.Immutable;
using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>What COPY or MOVE did: [COPYUID] (RFC 4315 §3), the UIDs in the order in which they belong together.</summary>
/// <param name="ModSeq">Of the mailbox that they went from, if they did.</param>
public sealed record CopiedMessages(uint UidValidity, ImmutableArray<uint> From, ImmutableArray<uint> To, long ModSeq);

/// <summary>Puts messages of one mailbox into another as well, or instead.</summary>
internal static class CopyMessages
{
    /// <summary>Throws <see cref="MailboxException"/> where the other mailbox does not exist, or there is no room: then nothing was copied.</summary>
    /// <param name="mailboxId">May be another account's where they are not moved: that account's own writer takes them out later.</param>
    /// <param name="wanted">Those that are gone are passed over.</param>
    /// <param name="may">The flags that the copies can have.</param>
    public static CopiedMessages Run(AccountTransaction transaction, long mailboxId, IReadOnlyList<UidRun> wanted, string target, bool move, long quota, MailFlags may)
    {
        var to = transaction.Mailbox(target);
        long owner = transaction.Db.GetTable<MailboxRow>().Where(m => m.Id == mailboxId).Select(m => (long?)m.AccountId).FirstOrDefault() ?? throw AccountTransaction.NoSuchMailbox("it");
        if (move && owner != transaction.AccountId) throw new ArgumentException("it is another account's", nameof(mailboxId));
        var names = transaction.Keywords(mailboxId);
        // a keyword has another bit in another mailbox
        var bits = new Dictionary<MailFlags, MailFlags>();
        var rows = transaction.Db.GetTable<MessageRow>();
        var (from, copies) = (ImmutableArray.CreateBuilder<uint>(), ImmutableArray.CreateBuilder<uint>());
        foreach (var run in wanted)
        {
            long first = run.First, last = run.Last;
            foreach (var row in rows.Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last).OrderBy(m => m.Uid).ToList())
            {
                if (!move && quota > 0 && transaction.Octets + row.Size > quota) throw new MailboxException(MailboxProblem.OverQuota, "the quota of the account is used up");
                long email = row.EmailId;
                if (owner == transaction.AccountId) EmailTable.Hold(transaction.Sql, email);
                else email = EmailTable.Copy(transaction.Sql, transaction.AccountId, email);
                var appended = AppendMessage.Insert(transaction, transaction.Mailbox(to.Id), row with { EmailId = email, Flags = (long)Translate((MailFlags)row.Flags & may) });
                from.Add((uint)row.Uid);
                copies.Add(appended.Uid);
            }
        }
        // RFC 6851 §3.3: all of it or nothing, and the copies are there before the originals go
        if (move && from.Count > 0) ExpungeMessages.Run(transaction, mailboxId, UidRun.Of(from), deletedOnly: false);
        return new((uint)to.UidValidity, from.ToImmutable(), copies.ToImmutable(), transaction.ModSeq);

        MailFlags Translate(MailFlags flags)
        {
            var keywords = flags & ~MailFlags.System;
            if (keywords == 0 || to.Id == mailboxId) return flags;
            if (!bits.TryGetValue(keywords, out var there)) bits.Add(keywords, there = KeywordTable.Flags(transaction, to.Id, [.. names.Of(keywords)]));
            return (flags & MailFlags.System) | there;
        }
    }
}

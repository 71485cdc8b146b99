using System.Collections.Immutable;
using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>What STORE does with the flags that it names.</summary>
public enum FlagChange : byte
{
    Replace,
    Add,
    Remove,
}

/// <summary>What became of a STORE.</summary>
/// <param name="Messages">Those that were meant, with their flags now, also where nothing changed.</param>
/// <param name="Modified">Those that had changed since (RFC 7162 §3.1.3); ascending.</param>
/// <param name="ChangedModSeq">Of those whose flags this has changed; 0 for none.</param>
public sealed record StoredFlags(ImmutableArray<MessageFlags> Messages, ImmutableArray<uint> Modified, long ChangedModSeq);

/// <summary>Changes the flags of messages.</summary>
internal static class StoreFlags
{
    /// <param name="wanted">Those that are gone are passed over.</param>
    /// <param name="may">The flags that can be changed; others are left alone.</param>
    /// <param name="unchangedSince">Messages with a greater mod-sequence are left alone; null for none.</param>
    public static StoredFlags Run(
        AccountTransaction transaction, long mailboxId, IReadOnlyList<UidRun> wanted, FlagChange change, MailFlags flags, IReadOnlyList<string> keywords, long? unchangedSince,
        MailFlags may)
    {
        var mailbox = transaction.Mailbox(mailboxId);
        flags &= MailFlags.System;
        if ((may & ~MailFlags.System) == 0) keywords = [];
        // to take off a keyword that the mailbox has not does not make it one
        if (change == FlagChange.Remove)
        {
            var known = transaction.Keywords(mailboxId);
            flags = keywords.Aggregate(flags, (sum, name) => sum | known.Find(name));
        }
        else flags |= KeywordTable.Flags(transaction, mailboxId, keywords);
        flags &= may;
        var messages = ImmutableArray.CreateBuilder<MessageFlags>();
        var changed = ImmutableArray.CreateBuilder<MessageFlags>();
        var modified = ImmutableArray.CreateBuilder<uint>();
        var (unseen, deleted) = (0, 0);
        var rows = transaction.Db.GetTable<MessageRow>();
        foreach (var run in wanted)
        {
            long first = run.First, last = run.Last;
            var found = rows.Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last).OrderBy(m => m.Uid).Select(m => new { m.Uid, m.Flags, m.ModSeq }).ToList();
            foreach (var row in found)
            {
                if (row.ModSeq > unchangedSince)
                {
                    modified.Add((uint)row.Uid);
                    continue;
                }
                var old = (MailFlags)row.Flags;
                var now = change switch { FlagChange.Add => old | flags, FlagChange.Remove => old & ~flags, _ => (old & ~may) | flags };
                messages.Add(new((uint)row.Uid, now, now == old ? row.ModSeq : transaction.ModSeq));
                if (now == old) continue;
                changed.Add(messages[^1]);
                unseen += IsSet(old, MailFlags.Seen) - IsSet(now, MailFlags.Seen);
                deleted += IsSet(now, MailFlags.Deleted) - IsSet(old, MailFlags.Deleted);
            }
        }
        Write(transaction, mailboxId, changed);
        if (changed.Count > 0)
        {
            mailbox = transaction.Mailbox(mailboxId);
            transaction.Update(mailbox with { Unseen = mailbox.Unseen + unseen, Deleted = mailbox.Deleted + deleted });
            transaction.Tell(new MailboxEvent.Flagged(mailboxId, transaction.ModSeq, changed.ToImmutable()));
        }
        return new(messages.ToImmutable(), modified.ToImmutable(), changed.Count > 0 ? transaction.ModSeq : 0);
    }

    /// <summary>One statement for each run of messages that get the same flags.</summary>
    private static void Write(AccountTransaction transaction, long mailboxId, ImmutableArray<MessageFlags>.Builder changed)
    {
        var rows = transaction.Db.GetTable<MessageRow>();
        long modSeq = transaction.ModSeq;
        for (int begin = 0, end; begin < changed.Count; begin = end)
        {
            for (end = begin + 1; end < changed.Count && changed[end].Flags == changed[begin].Flags && changed[end].Uid == changed[end - 1].Uid + 1; end++) { }
            long first = changed[begin].Uid, last = changed[end - 1].Uid, flags = (long)changed[begin].Flags;
            rows.Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last).Set(m => m.Flags, flags).Set(m => m.ModSeq, modSeq).Update();
        }
    }

    private static int IsSet(MailFlags flags, MailFlags flag) => (flags & flag) != 0 ? 1 : 0;
}

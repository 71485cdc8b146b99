using System.Collections.Immutable;
using LinqToDB;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>
/// One change to the mailboxes of an account: all of it is made, or nothing. It has one mod-sequence, greater than all before (RFC 7162 §3.1). What is
/// counted of the account and its mailboxes is kept here and written at the end.
/// </summary>
internal sealed class AccountTransaction
{
    private readonly Dictionary<long, (MailboxRow Old, MailboxRow New)> _mailboxes = [];
    private readonly List<MailboxEvent> _events = [];
    private readonly AccountRow _found;
    private AccountRow _account;

    public AccountTransaction(DataConnection db, long accountId, DateTimeOffset now)
    {
        (Db, Now) = (db, now);
        if (db.GetTable<AccountRow>().FirstOrDefault(a => a.Id == accountId) is not { } account)
        {
            account = new() { Id = accountId, UidValidity = now.ToUnixTimeSeconds() };
            db.Insert(account);
            _found = _account = account;
            FirstMailboxes.Create(this);
        }
        else _found = _account = account;
    }

    public DataConnection Db { get; }
    public DateTimeOffset Now { get; }
    public long AccountId => _account.Id;

    /// <summary>Of all that this transaction changes.</summary>
    public long ModSeq => _found.ModSeq + 1;

    /// <summary>Octets of all messages.</summary>
    public long Octets => _account.Octets;

    /// <summary>What those who look on are to be told.</summary>
    public IReadOnlyList<MailboxEvent> Events => _events;

    public void Tell(MailboxEvent what)
    {
        if (what is MailboxEvent.Arrived next && _events is [.., MailboxEvent.Arrived last] && last.MailboxId == next.MailboxId && last.Uids.Last + 1 == next.Uids.First)
            _events[^1] = last with { Uids = last.Uids with { Last = next.Uids.Last } };
        else _events.Add(what);
    }

    /// <summary>A UIDVALIDITY that no mailbox of the account ever had (RFC 9051 §2.3.1.1).</summary>
    public long NextUidValidity()
    {
        // by the clock, so that one who restores an old copy is not given one again that was used since
        long next = Math.Max(_account.UidValidity + 1, Now.ToUnixTimeSeconds());
        _account = _account with { UidValidity = next };
        return next;
    }

    /// <summary>Throws <see cref="MailboxException"/> where there is none.</summary>
    public MailboxRow Mailbox(string name) => Known(Db.GetTable<MailboxRow>().FirstOrDefault(m => m.AccountId == AccountId && m.Name == name)) ?? throw NoSuchMailbox(name);

    /// <inheritdoc cref="Mailbox(string)"/>
    public MailboxRow Mailbox(long id) => _mailboxes.TryGetValue(id, out var known) ? known.New
        : Known(Db.GetTable<MailboxRow>().FirstOrDefault(m => m.AccountId == AccountId && m.Id == id)) ?? throw NoSuchMailbox("it");

    /// <summary>Changes what is counted of a mailbox.</summary>
    public void Update(MailboxRow mailbox) => _mailboxes[mailbox.Id] = (_mailboxes[mailbox.Id].Old, mailbox with { ModSeq = ModSeq });

    /// <summary>Counts messages that come (or go, with negative numbers).</summary>
    public void Count(long messages, long octets) =>
        _account = _account with { Messages = _account.Messages + messages, Octets = _account.Octets + octets };

    /// <summary>It is gone, with its row.</summary>
    public void Forget(long mailboxId) => _mailboxes.Remove(mailboxId);

    /// <summary>Writes what was counted.</summary>
    public void Finish()
    {
        bool changed = _account != _found || _events.Count > 0;
        foreach (var (old, mailbox) in _mailboxes.Values)
        {
            if (old == mailbox) continue;
            Db.Update(mailbox);
            changed = true;
        }
        if (changed) Db.Update(_account with { ModSeq = ModSeq });
    }

    private MailboxRow? Known(MailboxRow? row)
    {
        if (row is null) return null;
        if (_mailboxes.TryGetValue(row.Id, out var known)) return known.New;
        _mailboxes.Add(row.Id, (row, row));
        return row;
    }

    public static MailboxException NoSuchMailbox(string name) => new(MailboxProblem.NoSuchMailbox, $"there is no mailbox {name}");

    /// <summary>The keywords of a mailbox, in order of their bits.</summary>
    public Keywords Keywords(long mailboxId) => KeywordTable.Read(Db, mailboxId);
}

/// <summary>The keywords of the mailboxes.</summary>
internal static class KeywordTable
{
    public static Keywords Read(DataConnection db, long mailboxId) =>
        new([.. db.GetTable<KeywordRow>().Where(k => k.MailboxId == mailboxId).OrderBy(k => k.Bit).Select(k => k.Name)]);

    /// <summary>The flags of keywords; those that the mailbox does not have are added. Throws <see cref="MailboxException"/> where there are too many.</summary>
    public static MailFlags Flags(AccountTransaction transaction, long mailboxId, IReadOnlyCollection<string> names)
    {
        if (names.Count == 0) return MailFlags.None;
        var keywords = transaction.Keywords(mailboxId);
        var (flags, added) = (MailFlags.None, false);
        foreach (string name in names)
        {
            if (keywords.Find(name) is not 0 and var known)
            {
                flags |= known;
                continue;
            }
            int index = keywords.Names.Length;
            if (index == Mailbox.Keywords.Max) throw new MailboxException(MailboxProblem.Limit, $"the mailbox has {index} keywords, and can have no more");
            transaction.Db.Insert(new KeywordRow { MailboxId = mailboxId, Bit = Mailbox.Keywords.FirstBit + index, Name = name });
            keywords = new(keywords.Names.Add(name));
            flags |= Mailbox.Keywords.Bit(index);
            added = true;
        }
        if (added)
        {
            transaction.Update(transaction.Mailbox(mailboxId));
            transaction.Tell(new MailboxEvent.KeywordsAdded(mailboxId, transaction.ModSeq, keywords));
        }
        return flags;
    }
}

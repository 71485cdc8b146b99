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

    public AccountTransaction(MailboxConnection connection, long accountId, DateTimeOffset now)
    {
        (Sql, Now) = (connection, now);
        if (Find(accountId) is not { } account)
        {
            account = new() { Id = accountId, UidValidity = now.ToUnixTimeSeconds() };
            Db.Insert(account);
            _found = _account = account;
            FirstMailboxes.Create(this);
        }
        else _found = _account = account;
    }

    public MailboxConnection Sql { get; }
    public DataConnection Db => Sql.Db;
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
    public MailboxRow Mailbox(string name) => Known(MailboxTable.Find(Sql, AccountId, name)) ?? throw NoSuchMailbox(name);

    /// <inheritdoc cref="Mailbox(string)"/>
    public MailboxRow Mailbox(long id) => _mailboxes.TryGetValue(id, out var known) ? known.New
        : Known(MailboxTable.Find(Sql, AccountId, id)) ?? throw NoSuchMailbox("it");

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
            Write(old, mailbox);
            changed = true;
        }
        if (changed)
            Sql.Execute("UPDATE accounts SET mod_seq = @1, uid_validity = @2, octets = @3, messages = @4 WHERE id = @0", _account.Id, ModSeq, _account.UidValidity, _account.Octets, _account.Messages);
    }

    private void Write(MailboxRow old, MailboxRow mailbox)
    {
        if (old.Name != mailbox.Name || old.SpecialUse != mailbox.SpecialUse) Db.Update(mailbox);
        else
            Sql.Execute("UPDATE mailboxes SET uid_next = @1, mod_seq = @2, messages = @3, unseen = @4, deleted = @5, octets = @6 WHERE id = @0",
                mailbox.Id, mailbox.UidNext, mailbox.ModSeq, mailbox.Messages, mailbox.Unseen, mailbox.Deleted, mailbox.Octets);
    }

    private AccountRow? Find(long id)
    {
        using var row = Sql.Query("SELECT mod_seq, uid_validity, octets, messages FROM accounts WHERE id = @0", id);
        return !row.Read() ? null : new() { Id = id, ModSeq = row.GetInt64(0), UidValidity = row.GetInt64(1), Octets = row.GetInt64(2), Messages = row.GetInt64(3) };
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
    public Keywords Keywords(long mailboxId) => KeywordTable.Read(Sql, mailboxId);
}

/// <summary>The keywords of the mailboxes.</summary>
internal static class KeywordTable
{
    public static Keywords Read(MailboxConnection sql, long mailboxId)
    {
        using var rows = sql.Query("SELECT name FROM keywords WHERE mailbox_id = @0 ORDER BY bit", mailboxId);
        var names = ImmutableArray.CreateBuilder<string>();
        while (rows.Read()) names.Add(rows.GetString(0));
        return new(names.DrainToImmutable());
    }

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

using System.Data;
using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using Mta.Mailbox.Store;
using Mta.Protocol.Mime;

namespace Mta.Mailbox;

/// <summary>
/// Reads the mailboxes of one account as they were when it was made, whatever is committed meanwhile. Waits for the disk; for one thread at a time;
/// not to be kept for long, because the log of the database cannot be shortened behind it. Throws <see cref="IOException"/>.
/// </summary>
public sealed class MailboxReader : IDisposable
{
    private readonly MailboxDatabase _database;
    private readonly MailboxConnection _sql;
    private DataConnectionTransaction? _transaction;
    private readonly MessagePages _pages;
    private readonly long _account;
    private (long MailboxId, long ModSeq, long UidNext) _state;

    internal MailboxReader(MailboxDatabase database, MessagePages pages, long account)
    {
        (_database, _pages, _sql, _account) = (database, pages, database.Connect(), account);
        // a deferred one in SQLite: it takes no lock that keeps the writer waiting, and all queries see the same state
        Resume();
    }

    internal long AccountId => _account;

    /// <summary>The account has mailboxes.</summary>
    public bool Exists => Db.GetTable<AccountRow>().Any(a => a.Id == _account);

    /// <summary>All mailboxes, by name.</summary>
    public IReadOnlyList<MailboxInfo> List() => [.. Db.GetTable<MailboxRow>().Where(m => m.AccountId == _account).OrderBy(m => m.Name).AsEnumerable().Select(Info)];

    /// <summary>All that it may look up: its own by name, then those of others.</summary>
    public IReadOnlyList<VisibleMailbox> Visible()
    {
        var granted = AclTable.Granted(Db, _account).ToList();
        var own = granted.Where(g => g.Acl.Owner == _account).ToDictionary(g => g.Mailbox.Id, g => g.Acl);
        return
        [
            .. List().Select(m => new VisibleMailbox(m, own.TryGetValue(m.Id, out var acl) ? acl.Of(_account) : MailboxRights.All, _account, null)),
            .. from other in granted
               let rights = other.Acl.Of(_account)
               where other.Acl.Owner != _account && rights.HasFlag(MailboxRights.Lookup) && other.Owner is not null
               select new VisibleMailbox(Info(other.Mailbox), rights, other.Acl.Owner, other.Owner),
        ];
    }

    /// <summary>Who may do what with a mailbox of this account.</summary>
    public Acl Acl(long mailboxId) => AclTable.Read(_sql, _account, mailboxId);

    /// <summary>What an account may see of what is noted of a mailbox.</summary>
    public IReadOnlyList<Annotation> Annotations(long mailboxId, long account) => AnnotationTable.Read(Db, mailboxId, account);

    /// <summary>What this account has noted of the server.</summary>
    public IReadOnlyList<Annotation> ServerAnnotations() => AnnotationTable.Read(Db, AnnotationTable.Server, _account);

    public IReadOnlyList<string> Subscriptions() => [.. Db.GetTable<SubscriptionRow>().Where(s => s.AccountId == _account).Select(s => s.Name).OrderBy(n => n)];

    /// <summary>Null where there is none.</summary>
    public MailboxInfo? Find(string name) => MailboxTable.Find(_sql, _account, name) is { } row ? Info(row) : null;

    /// <inheritdoc cref="Find(string)"/>
    public MailboxInfo? Find(long id) => MailboxTable.Find(_sql, _account, id) is { } row ? Info(row) : null;

    /// <summary>How an account is called that shares mailboxes, or with which they are shared; null for others.</summary>
    public string? Address(long account) => Db.GetTable<AddressRow>().FirstOrDefault(a => a.AccountId == account)?.Address;

    /// <inheritdoc cref="Find(string)"/>
    public OpenedMailbox? Open(string name)
    {
        if (Find(name) is not { } info) return null;
        long unseen = info.Unseen == 0 ? 0 : _sql.Scalar("SELECT uid FROM messages WHERE mailbox_id = @0 AND (flags & @1) = 0 ORDER BY uid LIMIT 1", info.Id, (long)MailFlags.Seen);
        return new(info, new(UidRunTable.Read(_sql, info.Id)), KeywordTable.Read(_sql, info.Id), (uint)unseen);
    }

    /// <summary>Octets and messages of the account.</summary>
    public (long Octets, long Messages) Usage() =>
        Db.GetTable<AccountRow>().FirstOrDefault(a => a.Id == _account) is { } account ? (account.Octets, account.Messages) : default;

    /// <summary>Octets of the messages of a mailbox with \Deleted.</summary>
    public long DeletedOctets(long mailboxId) => _sql.Scalar("SELECT SUM(size) FROM messages WHERE mailbox_id = @0 AND (flags & @1) <> 0", mailboxId, (long)MailFlags.Deleted);

    /// <summary>The messages with these UIDs, in order, some at a time; those that are gone are missing. What was given stays as it is.</summary>
    public IEnumerable<ReadOnlyMemory<MessageInfo>> Pages(long mailboxId, UidRun run)
    {
        for (long first = run.First; first <= run.Last;)
        {
            var (modSeq, uidNext) = State(mailboxId);
            uint number = MessagePage.NumberOf((uint)first);
            var part = new UidRun((uint)first, (uint)Math.Min(run.Last, MessagePage.RunOf(number).Last));
            if (first >= uidNext) yield break;
            yield return _pages.Read(_sql, mailboxId, modSeq, part, run.Count <= MessagePages.MostKept);
            first = part.Last + 1L;
        }
    }

    /// <inheritdoc cref="Pages"/>
    public IEnumerable<MessageInfo> Messages(long mailboxId, UidRun run)
    {
        foreach (var page in Pages(mailboxId, run))
            for (int i = 0; i < page.Length; i++) yield return page.Span[i];
    }

    /// <summary>The same with what they hold.</summary>
    /// <param name="withText">They are going to be read: the first 64 KiB of each come along.</param>
    public IEnumerable<(MessageInfo Message, MessageContent Content)> Contents(long mailboxId, UidRun run, bool withText = false)
    {
        using var rows = _sql.Query($"""
            SELECT {MessageTable.Columns}, e.trace, b.size, b.mime{(withText ? ", c.data" : "")}
            FROM {MessageTable.Joined} JOIN bodies b ON b.id = e.body_id{(withText ? " LEFT JOIN body_chunks c ON c.id = b.id * 65536" : "")}
            WHERE m.mailbox_id = @0 AND m.uid >= @1 AND m.uid <= @2 ORDER BY m.uid
            """, mailboxId, (long)run.First, (long)run.Last);
        const int next = MessageTable.Count;
        while (rows.Read())
        {
            var message = MessageTable.Info(rows);
            yield return (message, new(message.EmailId, rows.GetFieldValue<byte[]>(next), message.BodyId, rows.GetInt64(next + 1), rows.GetFieldValue<byte[]>(next + 2))
            {
                Beginning = withText && !rows.IsDBNull(next + 3) ? rows.GetFieldValue<byte[]>(next + 3) : null,
            });
        }
    }

    /// <summary>The UID that the next message of a mailbox gets; 0 where it is gone.</summary>
    internal long UidNext(long mailboxId) => State(mailboxId).UidNext;

    /// <summary>The keywords of a mailbox.</summary>
    public Keywords Keywords(long mailboxId) => KeywordTable.Read(_sql, mailboxId);

    /// <summary>The messages that have changed since a mod-sequence (CHANGEDSINCE, RFC 7162 §3.1.4.1), in order of UIDs.</summary>
    public IEnumerable<MessageInfo> ChangedSince(long mailboxId, UidRun run, long modSeq)
    {
        using var rows = _sql.Query($"SELECT {MessageTable.Columns} FROM {MessageTable.Joined} WHERE m.mailbox_id = @0 AND m.mod_seq > @3 AND m.uid >= @1 AND m.uid <= @2 ORDER BY m.uid",
            mailboxId, (long)run.First, (long)run.Last, modSeq);
        while (rows.Read()) yield return MessageTable.Info(rows);
    }

    /// <inheritdoc cref="ExpungedTable.Read"/>
    public IReadOnlyList<UidRun> ExpungedSince(long mailboxId, long modSeq) => ExpungedTable.Read(_sql, mailboxId, new(1, uint.MaxValue), modSeq);

    /// <summary>Null where it is gone.</summary>
    public MessageContent? Content(long emailId) => MessageContent.Find(Db, emailId);

    /// <summary>Octets of a message from an offset; 0 at its end, or where it is gone.</summary>
    public int Read(MessageContent content, long offset, Span<byte> into) => content.Read(_sql, offset, into);

    /// <summary>The header of a message, with what was put before it; so much of it as is ever looked at (<see cref="MimeLimits.Header"/>).</summary>
    public byte[] Header(MessageContent content)
    {
        byte[] header = new byte[content.Trace.Length + Math.Min(content.Index.Root.Header.Length, MimeLimits.Header)];
        int length = 0;
        for (int count; length < header.Length && (count = Read(content, length, header.AsSpan(length))) > 0;) length += count;
        return header.AsSpan(0, length).ToArray();
    }

    /// <summary>
    /// Lets go of the state that it reads while something else is waited for: what is read after <see cref="Resume"/> is of a later one. What a message holds never
    /// changes, but it may be gone.
    /// </summary>
    public void Pause() => _transaction?.Dispose();

    /// <inheritdoc cref="Pause"/>
    public void Resume()
    {
        _transaction = Db.BeginTransaction(IsolationLevel.ReadUncommitted);
        _state = default;
    }

    public void Dispose()
    {
        try
        {
            _transaction?.Dispose();
        }
        catch (DbException)
        {
            // it cannot be used again
            _sql.Dispose();
            return;
        }
        _database.Return(_sql);
    }

    private DataConnection Db => _sql.Db;

    private static MailboxInfo Info(MailboxRow row) =>
        new(row.Id, row.Name, (uint)row.UidValidity, (uint)row.UidNext, row.ModSeq, row.Messages, row.Unseen, row.Deleted, row.Octets, row.SpecialUse);

    /// <summary>Mod-sequence and next UID of a mailbox as it is seen now; zeros where there is none.</summary>
    private (long ModSeq, long UidNext) State(long mailboxId)
    {
        if (_state.MailboxId != mailboxId)
        {
            using var row = _sql.Query("SELECT mod_seq, uid_next FROM mailboxes WHERE id = @0", mailboxId);
            _state = row.Read() ? (mailboxId, row.GetInt64(0), row.GetInt64(1)) : (mailboxId, 0, 0);
        }
        return (_state.ModSeq, _state.UidNext);
    }
}

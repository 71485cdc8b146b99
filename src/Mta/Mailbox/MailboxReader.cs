using System.Data;
using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>
/// Reads the mailboxes of one account as they were when it was made, whatever is committed meanwhile. Waits for the disk; for one thread at a time;
/// not to be kept for long, because the log of the database cannot be shortened behind it. Throws <see cref="IOException"/>.
/// </summary>
public sealed class MailboxReader : IDisposable
{
    private const long Seen = (long)MailFlags.Seen;
    private readonly MailboxDatabase _database;
    private readonly MailboxConnection _sql;
    private DataConnectionTransaction? _transaction;
    private readonly long _account;

    internal MailboxReader(MailboxDatabase database, long account)
    {
        (_database, _sql, _account) = (database, database.Connect(), account);
        // a deferred one in SQLite: it takes no lock that keeps the writer waiting, and all queries see the same state
        Resume();
    }

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
    public Acl Acl(long mailboxId) => AclTable.Read(Db, _account, mailboxId);

    /// <summary>What an account may see of what is noted of a mailbox.</summary>
    public IReadOnlyList<Annotation> Annotations(long mailboxId, long account) => AnnotationTable.Read(Db, mailboxId, account);

    /// <summary>What this account has noted of the server.</summary>
    public IReadOnlyList<Annotation> ServerAnnotations() => AnnotationTable.Read(Db, AnnotationTable.Server, _account);

    public IReadOnlyList<string> Subscriptions() => [.. Db.GetTable<SubscriptionRow>().Where(s => s.AccountId == _account).Select(s => s.Name).OrderBy(n => n)];

    /// <summary>Null where there is none.</summary>
    public MailboxInfo? Find(string name) => Db.GetTable<MailboxRow>().FirstOrDefault(m => m.AccountId == _account && m.Name == name) is { } row ? Info(row) : null;

    /// <inheritdoc cref="Find(string)"/>
    public MailboxInfo? Find(long id) => Db.GetTable<MailboxRow>().FirstOrDefault(m => m.AccountId == _account && m.Id == id) is { } row ? Info(row) : null;

    /// <summary>How an account is called that shares mailboxes, or with which they are shared; null for others.</summary>
    public string? Address(long account) => Db.GetTable<AddressRow>().FirstOrDefault(a => a.AccountId == account)?.Address;

    /// <inheritdoc cref="Find(string)"/>
    public OpenedMailbox? Open(string name)
    {
        if (Find(name) is not { } info) return null;
        long? unseen = info.Unseen == 0 ? null
            : Db.GetTable<MessageRow>().Where(m => m.MailboxId == info.Id && (m.Flags & Seen) == 0).Min(m => (long?)m.Uid);
        return new(info, new(UidRunTable.Read(Db, info.Id)), KeywordTable.Read(Db, info.Id), (uint)(unseen ?? 0));
    }

    /// <summary>Octets and messages of the account.</summary>
    public (long Octets, long Messages) Usage() =>
        Db.GetTable<AccountRow>().FirstOrDefault(a => a.Id == _account) is { } account ? (account.Octets, account.Messages) : default;

    /// <summary>Octets of the messages of a mailbox with \Deleted.</summary>
    public long DeletedOctets(long mailboxId) => _sql.Scalar("SELECT SUM(size) FROM messages WHERE mailbox_id = @0 AND (flags & @1) <> 0", mailboxId, (long)MailFlags.Deleted);

    /// <summary>The messages with these UIDs, in order; those that are gone are missing.</summary>
    public IEnumerable<MessageInfo> Messages(long mailboxId, UidRun run)
    {
        using var rows = _sql.Query($"SELECT {MessageColumns} FROM messages m WHERE m.mailbox_id = @0 AND m.uid >= @1 AND m.uid <= @2 ORDER BY m.uid", mailboxId, (long)run.First, (long)run.Last);
        while (rows.Read()) yield return Info(rows);
    }

    /// <summary>The same with what they hold.</summary>
    /// <param name="withText">They are going to be read: the first 64 KiB of each come along.</param>
    public IEnumerable<(MessageInfo Message, MessageContent Content)> Contents(long mailboxId, UidRun run, bool withText = false)
    {
        using var rows = _sql.Query($"""
            SELECT {MessageColumns}, e.thread_id, e.trace, b.id, b.size, b.mime{(withText ? ", c.data" : "")}
            FROM messages m JOIN emails e ON e.id = m.email_id JOIN bodies b ON b.id = e.body_id{(withText ? " LEFT JOIN body_chunks c ON c.id = b.id * 65536" : "")}
            WHERE m.mailbox_id = @0 AND m.uid >= @1 AND m.uid <= @2 ORDER BY m.uid
            """, mailboxId, (long)run.First, (long)run.Last);
        while (rows.Read())
        {
            var message = Info(rows);
            yield return (message, new(message.EmailId, rows.GetInt64(8), rows.GetFieldValue<byte[]>(9), rows.GetInt64(10), rows.GetInt64(11), rows.GetFieldValue<byte[]>(12))
            {
                Beginning = withText && !rows.IsDBNull(13) ? rows.GetFieldValue<byte[]>(13) : null,
            });
        }
    }

    /// <summary>The keywords of a mailbox.</summary>
    public Keywords Keywords(long mailboxId) => KeywordTable.Read(Db, mailboxId);

    /// <summary>UIDs and mod-sequences of messages that have changed since a mod-sequence (CHANGEDSINCE, RFC 7162 §3.1.4.1).</summary>
    public IEnumerable<MessageInfo> ChangedSince(long mailboxId, UidRun run, long modSeq)
    {
        long first = run.First, last = run.Last;
        return Db.GetTable<MessageRow>().Where(m => m.MailboxId == mailboxId && m.ModSeq > modSeq && m.Uid >= first && m.Uid <= last).OrderBy(m => m.Uid).AsEnumerable().Select(Info);
    }

    /// <summary>What was expunged after a mod-sequence, in order of UIDs (VANISHED (EARLIER), RFC 7162 §3.2.6).</summary>
    public IReadOnlyList<UidRun> ExpungedSince(long mailboxId, long modSeq) =>
        [.. Db.GetTable<ExpungedRow>().Where(e => e.MailboxId == mailboxId && e.ModSeq > modSeq).OrderBy(e => e.FirstUid).AsEnumerable().Select(e => new UidRun((uint)e.FirstUid, (uint)e.LastUid))];

    /// <summary>Null where it is gone.</summary>
    public MessageContent? Content(long emailId) => MessageContent.Find(Db, emailId);

    /// <summary>Octets of a message from an offset; 0 at its end, or where it is gone.</summary>
    public int Read(MessageContent content, long offset, Span<byte> into) => content.Read(_sql, offset, into);

    /// <summary>
    /// Lets go of the state that it reads while something else is waited for: what is read after <see cref="Resume"/> is of a later one. What a message holds never
    /// changes, but it may be gone.
    /// </summary>
    public void Pause() => _transaction?.Dispose();

    /// <inheritdoc cref="Pause"/>
    public void Resume() => _transaction = Db.BeginTransaction(IsolationLevel.ReadUncommitted);

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

    private const string MessageColumns = "m.uid, m.email_id, m.mod_seq, m.flags, m.size, m.received_at, m.received_zone, m.saved_at";

    private static MessageInfo Info(DbDataReader row) => new(
        (uint)row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), (MailFlags)row.GetInt64(3), row.GetInt64(4),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)).ToOffset(TimeSpan.FromMinutes(row.GetInt64(6))), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)));

    private static MessageInfo Info(MessageRow row) => new(
        (uint)row.Uid, row.EmailId, row.ModSeq, (MailFlags)row.Flags, row.Size,
        DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt).ToOffset(TimeSpan.FromMinutes(row.ReceivedZone)), DateTimeOffset.FromUnixTimeMilliseconds(row.SavedAt));
}

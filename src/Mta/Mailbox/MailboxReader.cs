using System.Data;
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
    private readonly DataConnection _db;
    private readonly long _account;

    internal MailboxReader(MailboxDatabase database, long account)
    {
        (_db, _account) = (database.Connect(), account);
        // a deferred one in SQLite: it takes no lock that keeps the writer waiting, and all queries see the same state
        _db.BeginTransaction(IsolationLevel.ReadUncommitted);
    }

    /// <summary>All mailboxes, by name.</summary>
    public IReadOnlyList<MailboxInfo> List() => [.. _db.GetTable<MailboxRow>().Where(m => m.AccountId == _account).OrderBy(m => m.Name).AsEnumerable().Select(Info)];

    public IReadOnlyList<string> Subscriptions() => [.. _db.GetTable<SubscriptionRow>().Where(s => s.AccountId == _account).Select(s => s.Name).OrderBy(n => n)];

    /// <summary>Null where there is none.</summary>
    public MailboxInfo? Find(string name) => _db.GetTable<MailboxRow>().FirstOrDefault(m => m.AccountId == _account && m.Name == name) is { } row ? Info(row) : null;

    /// <inheritdoc cref="Find(string)"/>
    public OpenedMailbox? Open(string name)
    {
        if (Find(name) is not { } info) return null;
        long? unseen = info.Unseen == 0 ? null
            : _db.GetTable<MessageRow>().Where(m => m.MailboxId == info.Id && (m.Flags & Seen) == 0).Min(m => (long?)m.Uid);
        return new(info, new(UidRunTable.Read(_db, info.Id)), KeywordTable.Read(_db, info.Id), (uint)(unseen ?? 0));
    }

    /// <summary>Octets and messages of the account.</summary>
    public (long Octets, long Messages) Usage() =>
        _db.GetTable<AccountRow>().FirstOrDefault(a => a.Id == _account) is { } account ? (account.Octets, account.Messages) : default;

    /// <summary>The messages with these UIDs, in order; those that are gone are missing.</summary>
    public IEnumerable<MessageInfo> Messages(long mailboxId, UidRun run)
    {
        long first = run.First, last = run.Last;
        return _db.GetTable<MessageRow>().Where(m => m.MailboxId == mailboxId && m.Uid >= first && m.Uid <= last).OrderBy(m => m.Uid).AsEnumerable().Select(Info);
    }

    /// <summary>The same with what they hold.</summary>
    public IEnumerable<(MessageInfo Message, MessageContent Content)> Contents(long mailboxId, UidRun run)
    {
        long first = run.First, last = run.Last;
        return (from message in _db.GetTable<MessageRow>()
                join email in _db.GetTable<EmailRow>() on message.EmailId equals email.Id
                join body in _db.GetTable<BodyRow>() on email.BodyId equals body.Id
                where message.MailboxId == mailboxId && message.Uid >= first && message.Uid <= last
                orderby message.Uid
                select new { message, Content = new MessageContent(email.Id, email.ThreadId, email.Trace, body.Id, body.Size, body.Mime) })
            .AsEnumerable().Select(found => (Info(found.message), found.Content));
    }

    /// <summary>The keywords of a mailbox.</summary>
    public Keywords Keywords(long mailboxId) => KeywordTable.Read(_db, mailboxId);

    /// <summary>UIDs and mod-sequences of messages that have changed since a mod-sequence (CHANGEDSINCE, RFC 7162 §3.1.4.1).</summary>
    public IEnumerable<MessageInfo> ChangedSince(long mailboxId, UidRun run, long modSeq)
    {
        long first = run.First, last = run.Last;
        return _db.GetTable<MessageRow>().Where(m => m.MailboxId == mailboxId && m.ModSeq > modSeq && m.Uid >= first && m.Uid <= last).OrderBy(m => m.Uid).AsEnumerable().Select(Info);
    }

    /// <summary>What was expunged after a mod-sequence, in order of UIDs (VANISHED (EARLIER), RFC 7162 §3.2.6).</summary>
    public IReadOnlyList<UidRun> ExpungedSince(long mailboxId, long modSeq) =>
        [.. _db.GetTable<ExpungedRow>().Where(e => e.MailboxId == mailboxId && e.ModSeq > modSeq).OrderBy(e => e.FirstUid).AsEnumerable().Select(e => new UidRun((uint)e.FirstUid, (uint)e.LastUid))];

    /// <summary>Null where it is gone.</summary>
    public MessageContent? Content(long emailId) => MessageContent.Find(_db, emailId);

    /// <summary>Octets of a message from an offset; 0 at its end, or where it is gone.</summary>
    public int Read(MessageContent content, long offset, Span<byte> into) => content.Read(_db, offset, into);

    public void Dispose()
    {
        // the connection goes back to its pool, where the next reader must not find it within a transaction
        try
        {
            _db.Execute("ROLLBACK");
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e))
        {
            // an error has ended it before
        }
        _db.Dispose();
    }

    private static MailboxInfo Info(MailboxRow row) =>
        new(row.Id, row.Name, (uint)row.UidValidity, (uint)row.UidNext, row.ModSeq, row.Messages, row.Unseen, row.Deleted, row.Octets, row.SpecialUse);

    private static MessageInfo Info(MessageRow row) => new(
        (uint)row.Uid, row.EmailId, row.ModSeq, (MailFlags)row.Flags, row.Size,
        DateTimeOffset.FromUnixTimeMilliseconds(row.ReceivedAt).ToOffset(TimeSpan.FromMinutes(row.ReceivedZone)), DateTimeOffset.FromUnixTimeMilliseconds(row.SavedAt));
}

using LinqToDB;
using LinqToDB.Data;
using Mta.Mailbox.Store;
using Mta.Storage;

namespace Mta.Mailbox.Search;

/// <summary>The full-text index of one account: SQLite's FTS5 over sequences of three characters. For one thread at a time.</summary>
internal sealed class TextIndexFile : IDisposable
{
    private static readonly SchemaScripts Schema = new("mailboxes/search", 1);
    private readonly MailboxConnection _sql;

    private TextIndexFile(DataConnection db) => _sql = new(db);

    /// <param name="isReady">Its tables are known to be there: else they are made, for which it waits until nobody writes.</param>
    public static TextIndexFile Open(DataOptions options, bool isReady)
    {
        var db = new DataConnection(options);
        try
        {
            if (!isReady)
            {
                using var transaction = db.BeginTransaction();
                Schema.Upgrade(db, TimeProvider.System);
                transaction.Commit();
            }
            return new(db);
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>Messages.</summary>
    public long Count => _sql.Scalar("SELECT COUNT(*) FROM emails");

    /// <summary>Up to which UID the messages of a mailbox are in it; 0 for none.</summary>
    public uint LastUid(long mailboxId) => (uint)_sql.Scalar("SELECT last_uid FROM mailboxes WHERE id = @0", mailboxId);

    public bool Has(long emailId) => _sql.Scalar("SELECT 1 FROM emails WHERE id = @0", emailId) > 0;

    /// <summary>Those in which all of these are, and those that nothing is known of.</summary>
    public HashSet<long> Find(IReadOnlyList<string> trigrams)
    {
        var found = new HashSet<long>();
        Take(_sql.Query("SELECT rowid FROM texts WHERE texts MATCH @0", string.Join(" AND ", trigrams.Select(t => '"' + t.Replace("\"", "\"\"", StringComparison.Ordinal) + '"'))));
        Take(_sql.Query("SELECT id FROM emails WHERE is_whole = 0"));
        return found;

        void Take(System.Data.Common.DbDataReader rows)
        {
            using (rows)
                while (rows.Read()) found.Add(rows.GetInt64(0));
        }
    }

    /// <summary>Adds the next messages of a mailbox.</summary>
    /// <param name="texts">In the letters of the index; null for one that is too long.</param>
    public void Add(long mailboxId, uint lastUid, IEnumerable<(long EmailId, string? Text)> texts)
    {
        using var transaction = _sql.Db.BeginTransaction();
        foreach (var (email, text) in texts)
        {
            if (_sql.Execute("INSERT INTO emails (id, is_whole) VALUES (@0, @1) ON CONFLICT DO NOTHING", email, text is null ? 0 : 1) > 0 && text is not null)
                _sql.Execute("INSERT INTO texts (rowid, text) VALUES (@0, @1)", email, text);
        }
        _sql.Execute("INSERT INTO mailboxes (id, last_uid) VALUES (@0, @1) ON CONFLICT (id) DO UPDATE SET last_uid = excluded.last_uid", mailboxId, (long)lastUid);
        transaction.Commit();
    }

    public void Dispose() => _sql.Dispose();
}

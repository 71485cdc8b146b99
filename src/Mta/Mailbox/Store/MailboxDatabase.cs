using System.Collections.Concurrent;
using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using Mta.Storage;

namespace Mta.Mailbox.Store;

/// <summary>
/// The database of the mailboxes, <c>mailboxes.db</c> in a folder of its own. Read by anyone; written by <see cref="CommitThread"/> alone. Whatever fails in
/// it is an <see cref="IOException"/>. Safe from any thread; the calls wait for the disk.
/// </summary>
internal sealed class MailboxDatabase : IDisposable
{
    /// <summary>Connections that wait for their next use: some 100 KiB each.</summary>
    private const int MaxIdle = 8;

    /// <summary>Pages of the log (32 MiB) before it is copied into the file: a page that changes again meanwhile is copied once.</summary>
    private const string Checkpoints = "PRAGMA wal_autocheckpoint=8000;";

    private static readonly SchemaScripts Schema = new("mailboxes/mailboxes", 2);
    private readonly DataOptions _options;
    private readonly ConcurrentBag<MailboxConnection> _idle = [];

    /// <summary>Makes folder and tables where they are missing. Throws <see cref="IOException"/> where that cannot be done.</summary>
    public MailboxDatabase(string folder, TimeProvider clock)
    {
        _options = SqliteFile.Options(Path.Combine(folder, "mailboxes.db"), new(Checkpoints));
        Guarded(() =>
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var db = new DataConnection(_options);
            using var transaction = db.BeginTransaction();
            Schema.Upgrade(db, clock);
            transaction.Commit();
            return true;
        });
    }

    /// <summary>A connection, to be given back by <see cref="Return"/> or disposed.</summary>
    public MailboxConnection Connect() => _idle.TryTake(out var idle) ? idle : new(new(_options));

    /// <summary>It is as it was; what is in order can be used again.</summary>
    public void Return(MailboxConnection connection)
    {
        if (_idle.Count < MaxIdle) _idle.Add(connection);
        else connection.Dispose();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        while (_idle.TryTake(out var connection)) connection.Dispose();
        SqliteFile.Close(_options);
    }

    private static T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Failure(e);
        }
    }

    public static bool IsOurs(Exception e) => e is DbException or LinqToDBException or UnauthorizedAccessException;

    public static IOException Failure(Exception e) => new($"the mailboxes' database: {e.Message}", e);
}

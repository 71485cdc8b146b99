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
    private static readonly SchemaScripts Schema = new("mailboxes/mailboxes", 1);
    private readonly DataOptions _options;

    /// <summary>Makes folder and tables where they are missing. Throws <see cref="IOException"/> where that cannot be done.</summary>
    public MailboxDatabase(string folder, TimeProvider clock)
    {
        _options = SqliteFile.Options(Path.Combine(folder, "mailboxes.db"), new());
        Guarded(() =>
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var db = Connect();
            using var transaction = db.BeginTransaction();
            Schema.Upgrade(db, clock);
            transaction.Commit();
            return true;
        });
    }

    public DataConnection Connect() => new(_options);

    /// <summary>Closes the file.</summary>
    public void Dispose() => SqliteFile.Close(_options);

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

using System.Data;
using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using Mta.Storage;

namespace Mta.Accounts.Store;

/// <summary>
/// The directory's database, <c>accounts.db</c> in a folder of its own. It is made with the first change: a relay without accounts has none.
/// Whatever fails in it is an <see cref="IOException"/>. Safe from any thread; the calls wait for the disk.
/// </summary>
internal sealed class AccountsDatabase(string folder, TimeProvider clock) : IDisposable
{
    private const string SerializationFailure = "40001";
    private const int Tries = 50;
    private readonly DataOptions _options = SqliteFile.Options(Path.Combine(folder, "accounts.db"), new(), foreignKeys: true);
    private readonly Lock _writer = new();
    private volatile bool _isOpen;

    /// <summary>There is one. Throws when it cannot be used.</summary>
    public bool Exists()
    {
        if (_isOpen) return true;
        if (!File.Exists(Path.Combine(folder, "accounts.db"))) return false;
        lock (_writer) Open();
        return true;
    }

    /// <param name="none">The answer where there is no database yet.</param>
    public T Read<T>(Func<DataConnection, T> query, T none)
    {
        if (!Exists()) return none;
        return Guarded(() =>
        {
            using var db = new DataConnection(_options);
            return query(db);
        });
    }

    /// <summary>Changes what others see: all of it or, when <paramref name="change"/> throws, nothing.</summary>
    /// <param name="change">May be called again where another process was faster.</param>
    public T Change<T>(Func<DataConnection, T> change) => Write(db =>
    {
        var result = change(db);
        db.GetTable<CounterRow>().Where(c => c.Name == CounterRow.Change).Set(c => c.Value, c => c.Value + 1).Update();
        return result;
    });

    /// <summary>Writes down what nobody has to learn of at once, such as when something was last used.</summary>
    public void Note(Action<DataConnection> change) => Write(db =>
    {
        change(db);
        return true;
    });

    /// <summary>Closes the file.</summary>
    public void Dispose() => SqliteFile.Close(_options);

    private T Write<T>(Func<DataConnection, T> change)
    {
        lock (_writer)
        {
            Open();
            return Guarded(() => Transaction(change));
        }
    }

    private void Open()
    {
        if (_isOpen) return;
        Guarded(() =>
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return Transaction(db =>
            {
                Schema.Upgrade(db, clock);
                return true;
            });
        });
        _isOpen = true;
    }

    private T Transaction<T>(Func<DataConnection, T> change)
    {
        for (int left = Tries; ; left--)
        {
            try
            {
                return OneTransaction(change);
            }
            catch (DbException e) when (e.SqlState == SerializationFailure && left > 0)
            {
                // another process changed what was read here: PostgreSQL finds out at the end, SQLite lets nobody begin meanwhile
            }
        }
    }

    private T OneTransaction<T>(Func<DataConnection, T> change)
    {
        using var db = new DataConnection(_options);
        // in SQLite this takes the write lock at once, so that what is read here still holds when it is written
        using var transaction = db.BeginTransaction(IsolationLevel.Serializable);
        var result = change(db);
        transaction.Commit();
        return result;
    }

    private static T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is DbException or LinqToDBException or UnauthorizedAccessException)
        {
            throw new IOException($"the accounts' database: {e.Message}", e);
        }
    }
}

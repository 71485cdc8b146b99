using System.Data.Common;
using LinqToDB;
using LinqToDB.Interceptors;
using Microsoft.Data.Sqlite;

namespace Mta.Storage;

/// <summary>An SQLite database in a file of its own.</summary>
internal static class SqliteFile
{
    public static DataOptions Options(string file, SqliteSetup setup, bool foreignKeys = false)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, Cache = SqliteCacheMode.Private };
        if (foreignKeys) connection.ForeignKeys = true;
        return new DataOptions().UseConnectionString(ProviderName.SQLiteMS, connection.ToString()).UseInterceptor(setup);
    }

    /// <summary>Closes the connections that are kept for the next use.</summary>
    public static void Close(DataOptions options)
    {
        using var connection = new SqliteConnection(options.ConnectionOptions.ConnectionString);
        SqliteConnection.ClearPool(connection);
    }
}

/// <summary>Each connection: commits reach the disk (FULL), readers do not block the writer (WAL), and a busy file is waited for.</summary>
/// <param name="first">PRAGMAs that must come before what writes the header of a new file.</param>
internal class SqliteSetup(string first = "") : ConnectionInterceptor
{
    private readonly string _pragmas =
        $"PRAGMA busy_timeout=10000; {first} PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;";

    public sealed override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection) => Prepare(connection);

    public sealed override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        // SQLite has nothing that could be awaited
        Prepare(connection);
        return Task.CompletedTask;
    }

    private void Prepare(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = _pragmas;
        command.ExecuteNonQuery();
        Opened(command);
    }

    /// <summary>What else a new connection is used for.</summary>
    /// <param name="command">Of that connection.</param>
    protected virtual void Opened(DbCommand command) { }
}

using System.Data.Common;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.Interceptors;
using Microsoft.Data.Sqlite;

namespace Mta.Queue;

/// <summary>The database of the queue's journal: an SQLite file in the data folder.</summary>
public static class Journal
{
    /// <summary>What to give the actor system. Makes the folder.</summary>
    public static MultiDataOptionsSetup Setup(string folder)
    {
        Directory.CreateDirectory(folder);
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions("akka.persistence.journal.sql", Options(Path.Combine(folder, "journal.db")));
        return setup;
    }

    private static DataOptions Options(string file) => new DataOptions()
        .UseConnectionString(ProviderName.SQLiteMS, new SqliteConnectionStringBuilder { DataSource = file, Cache = SqliteCacheMode.Private }.ToString())
        .UseInterceptor(new Pragmas());

    /// <summary>Each connection: commits reach the disk (FULL), readers do not block the writer (WAL), and a busy file is waited for.</summary>
    private sealed class Pragmas : ConnectionInterceptor
    {
        private const string Sql = "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;";

        public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Sql;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Sql;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}

using System.Data.Common;
using System.Globalization;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using Microsoft.Data.Sqlite;
using Mta.Storage;

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

    internal static DataOptions Options(string file) => SqliteFile.Options(file, new Housekeeping());

    /// <summary>The file, which keeps the size that it once needed, gets smaller again when the queue has become much smaller than it was.</summary>
    // auto_vacuum holds for a new file alone, and must come before what writes its header
    private sealed class Housekeeping() : SqliteSetup("PRAGMA auto_vacuum=INCREMENTAL;")
    {
        /// <summary>In pages of 4 KiB. What is free will be used again: by a journal that is written anew, twice as much as is kept.</summary>
        private const long MinFree = 16384, MinShare = 8, Step = 1024;

        protected override void Opened(DbCommand command)
        {
            long free = Number(command, "PRAGMA freelist_count");
            if (free < MinFree || free < Number(command, "PRAGMA page_count") / MinShare * (MinShare - 1)) return;
            try
            {
                command.CommandText = $"PRAGMA incremental_vacuum({Step})";
                command.ExecuteNonQuery();
            }
            catch (SqliteException)
            {
                // busy: with the next connection
            }
        }

        private static long Number(DbCommand command, string pragma)
        {
            command.CommandText = pragma;
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
    }
}

using LinqToDB.Data;
using Mta.Queue;

namespace Mta.Tests.Queue;

public sealed class JournalTests
{
    [Fact]
    public void The_file_gets_smaller_when_little_of_it_is_needed()
    {
        string folder = Directory.CreateTempSubdirectory("mta-journal-").FullName;
        string file = Path.Combine(folder, "journal.db");
        try
        {
            Execute("CREATE TABLE t (n INTEGER, data BLOB)");
            for (int i = 0; i < 100; i++) Execute($"INSERT INTO t VALUES ({i}, zeroblob(1000000))");
            Checkpoint();
            long full = new FileInfo(file).Length;
            Execute("DELETE FROM t WHERE n % 2 = 0");
            Checkpoint();
            Assert.Equal(full, new FileInfo(file).Length); // it will be needed again
            Execute("DELETE FROM t WHERE n > 1");
            for (int i = 0; i < 100; i++) Execute("SELECT 1");
            Checkpoint();
            Assert.InRange(new FileInfo(file).Length, 1_000_000, full * 3 / 4);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }

        void Execute(string sql)
        {
            using var connection = new DataConnection(Journal.Options(file));
            connection.Execute(sql);
        }

        void Checkpoint() => Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

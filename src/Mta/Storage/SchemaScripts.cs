using System.Globalization;
using LinqToDB.Data;

namespace Mta.Storage;

/// <summary>Brings a database to the tables of this version: embedded scripts <c>NAME-N.sql</c> in their order, each once, each whole or not at all.</summary>
/// <param name="name">Folder and name of the scripts, <c>accounts/directory</c>.</param>
/// <param name="latest">The number of the last one. Those that were released are never changed again.</param>
internal sealed class SchemaScripts(string name, int latest)
{
    /// <summary>Throws <see cref="IOException"/> for a database of a newer version. Within a transaction.</summary>
    public void Upgrade(DataConnection db, TimeProvider clock)
    {
        db.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)");
        int version = db.Query<int>("SELECT COALESCE(MAX(version), 0) FROM schema_version").Single();
        if (version > latest) throw new IOException($"it was written by a newer version of this program (schema {version}, known here {latest})");
        for (int next = version + 1; next <= latest; next++)
        {
            foreach (string statement in Statements(next)) db.Execute(statement);
            db.Execute(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version (version, applied_at) VALUES ({next}, {clock.GetUtcNow().ToUnixTimeMilliseconds()})"));
        }
    }

    private string[] Statements(int version)
    {
        using var stream = typeof(SchemaScripts).Assembly.GetManifestResourceStream($"{name}-{version}.sql")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith("--", StringComparison.Ordinal));
        return string.Join('\n', lines).Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using LinqToDB;
using LinqToDB.Data;

namespace Mta.Accounts.Store;

/// <summary>Brings a database to the tables of this version: scripts in their order, each once, each whole or not at all.</summary>
internal static class Schema
{
    /// <summary>The number of the last <c>directory-N.sql</c>. Those that were released are never changed again.</summary>
    private const int Latest = 1;

    /// <summary>Throws <see cref="IOException"/> for a database of a newer version.</summary>
    public static void Upgrade(DataConnection db, TimeProvider clock)
    {
        db.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)");
        int version = db.Query<int>("SELECT COALESCE(MAX(version), 0) FROM schema_version").Single();
        if (version > Latest) throw new IOException($"the accounts were written by a newer version of this program (schema {version}, known here {Latest})");
        for (int next = version + 1; next <= Latest; next++)
        {
            foreach (string statement in Statements(next)) db.Execute(statement);
            db.Execute(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version (version, applied_at) VALUES ({next}, {clock.GetUtcNow().ToUnixTimeMilliseconds()})"));
        }
    }

    /// <summary>32 octets that are this database's alone, made when they are first asked for.</summary>
    public static byte[] Secret(DataConnection db, string name)
    {
        if (db.GetTable<SecretRow>().FirstOrDefault(s => s.Name == name) is { } row) return Convert.FromBase64String(row.Value);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        db.Insert(new SecretRow { Name = name, Value = Convert.ToBase64String(secret) });
        return secret;
    }

    private static string[] Statements(int version)
    {
        using var stream = typeof(Schema).Assembly.GetManifestResourceStream($"accounts/directory-{version}.sql")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith("--", StringComparison.Ordinal));
        return string.Join('\n', lines).Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}

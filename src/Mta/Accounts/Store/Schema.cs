using System.Security.Cryptography;
using LinqToDB;
using LinqToDB.Data;
using Mta.Storage;

namespace Mta.Accounts.Store;

/// <summary>The tables of the directory.</summary>
internal static class Schema
{
    private static readonly SchemaScripts Scripts = new("accounts/directory", 1);

    /// <inheritdoc cref="SchemaScripts.Upgrade"/>
    public static void Upgrade(DataConnection db, TimeProvider clock) => Scripts.Upgrade(db, clock);

    /// <summary>32 octets that are this database's alone, made when they are first asked for.</summary>
    public static byte[] Secret(DataConnection db, string name)
    {
        if (db.GetTable<SecretRow>().FirstOrDefault(s => s.Name == name) is { } row) return Convert.FromBase64String(row.Value);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        db.Insert(new SecretRow { Name = name, Value = Convert.ToBase64String(secret) });
        return secret;
    }
}

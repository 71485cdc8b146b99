using System.Data.Common;
using System.Globalization;
using LinqToDB.Data;

namespace Mta.Mailbox.Store;

/// <summary>
/// A connection that is kept open, with the statements that are used all the time kept ready: to make one anew costs more than to run it. For one thread at
/// a time.
/// </summary>
internal sealed class MailboxConnection(DataConnection db) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = new(StringComparer.Ordinal);

    public DataConnection Db => db;

    /// <summary>Runs a statement with the parameters @0, @1, …</summary>
    public int Execute(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row, 0 for none.</summary>
    public long Scalar(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;

    /// <summary>The rows; to be disposed before the same statement runs again.</summary>
    public DbDataReader Query(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteReader();

    private DbCommand Prepare(string sql, ReadOnlySpan<object> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = db.OpenDbConnection().CreateCommand();
            command.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@{i}");
                command.Parameters.Add(parameter);
            }
            _prepared.Add(sql, command);
        }
        command.Transaction = db.Transaction;
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        db.Dispose();
    }
}

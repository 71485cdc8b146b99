using System.Collections.Frozen;
using System.Security.Cryptography;
using LinqToDB;
using LinqToDB.Data;
using Microsoft.Extensions.Logging;

namespace Mta.Accounts.Store;

/// <summary>The database with what is in memory of it. Changes made here hold at once, those of another process after the refresh interval.</summary>
internal sealed class DirectoryStore : IDisposable
{
    private readonly AccountsDatabase _database;
    private readonly AccountsSettings _settings;
    private readonly ILogger _log;
    private readonly Lock _refreshing = new();
    private readonly ITimer _timer;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private volatile DirectoryCache _current;
    private volatile byte[]? _storedSecret;
    private volatile bool _failing;

    /// <summary>Throws <see cref="IOException"/> when there is a database and it cannot be used.</summary>
    public DirectoryStore(AccountsDatabase database, AccountsSettings settings, TimeProvider clock, ILogger log)
    {
        (_database, _settings, _log, Clock) = (database, settings, log, clock);
        _current = new(0, [], settings.CacheSize);
        Refresh();
        _timer = clock.CreateTimer(_ => Look(), null, settings.RefreshInterval, settings.RefreshInterval);
    }

    public DirectoryCache Current => _current;
    public AccountsSettings Settings => _settings;
    public TimeProvider Clock { get; }

    /// <summary>Reads on the pool: the caller may be an actor, and the disk takes its time.</summary>
    public Task<T> ReadAsync<T>(Func<DataConnection, T> query, T none, CancellationToken cancel) => Task.Run(() => _database.Read(query, none), cancel);

    /// <summary>Changes the directory; afterwards everyone sees it.</summary>
    public Task<T> ChangeAsync<T>(Func<DataConnection, T> change, CancellationToken cancel) => Task.Run(() =>
    {
        var result = _database.Change(change);
        // it is done, whether or not it can be looked at just now
        Look();
        return result;
    }, cancel);

    /// <summary>Reads an account, whose keys have changed, again when it is next asked for.</summary>
    public void Forget(AccountRecord record)
    {
        var cache = _current;
        cache.Accounts.TryRemove(record.Account.Address);
        cache.Shares = null;
    }

    /// <summary>Read once after each change, whoever asks.</summary>
    public async ValueTask<IterationShares> IterationSharesAsync(CancellationToken cancel)
    {
        var cache = _current;
        var reading = cache.Shares ??= ReadAsync(IterationShares.Read, IterationShares.None, CancellationToken.None);
        try
        {
            return await reading.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // the next who asks tries again
            if (cache.Shares == reading) cache.Shares = null;
            throw;
        }
    }

    /// <summary>Writes down what is good to know; where that fails, only that is lost.</summary>
    public async Task NoteAsync(Action<DataConnection> change)
    {
        try
        {
            await Task.Run(() => _database.Note(change)).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            _log.LogWarning("accounts note-failed reason={Reason}", e.Message);
        }
    }

    /// <summary>
    /// What invented keys are made from. Where there is no database nobody can sign in, and this process's own will do.
    /// </summary>
    public async ValueTask<byte[]> SecretAsync()
    {
        if (_storedSecret is { } known) return known;
        return await Task.Run(() =>
        {
            if (!_database.Exists()) return _secret;
            byte[] secret = [];
            _database.Note(db => secret = Schema.Secret(db, "invented-keys"));
            return _storedSecret = secret;
        }).ConfigureAwait(false);
    }

    private void Look()
    {
        try
        {
            Refresh();
            if (_failing) _log.LogInformation("accounts recovered");
            _failing = false;
        }
        catch (Exception e)
        {
            // what is known stands until it can be asked again; an exception of the timer's would end the process
            if (!_failing) _log.LogError("accounts unreadable reason={Reason}", e.Message);
            _failing = true;
        }
    }

    private void Refresh()
    {
        lock (_refreshing)
        {
            var old = _current;
            // the number first: when the domains are newer than it, the next look finds that out
            _current = _database.Read(db =>
            {
                long change = db.GetTable<CounterRow>().Where(c => c.Name == CounterRow.Change).Select(c => c.Value).First();
                return change == old.Change ? old
                    : new(change, db.GetTable<DomainRow>().Select(d => d.Name).AsEnumerable().ToFrozenSet(StringComparer.Ordinal), _settings.CacheSize);
            }, old);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _database.Dispose();
    }
}

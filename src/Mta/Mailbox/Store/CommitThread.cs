namespace Mta.Mailbox.Store;

/// <summary>
/// The thread that writes the mailboxes: does all that has been asked for meanwhile, makes it durable with one commit, and then tells everybody, in the
/// order in which it was asked. What breaks a rule changes nothing and troubles nobody else.
/// </summary>
internal sealed class CommitThread
{
    /// <summary>Changes in one commit: more would keep the first waiting.</summary>
    private const int MaxBatch = 200;

    private readonly MailboxDatabase _database;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _arrived = new(false);
    private readonly Thread _thread;
    private List<Change> _waiting = [];
    private bool _stopped;

    public CommitThread(MailboxDatabase database)
    {
        _database = database;
        _thread = new(Run) { IsBackground = true, Name = "mailboxes" };
        _thread.Start();
    }

    /// <summary>Asks for a change. It is told how it ended on the thread, where it must not wait.</summary>
    public void Post(Change change)
    {
        lock (_lock)
        {
            if (!_stopped)
            {
                _waiting.Add(change);
                if (_waiting.Count == 1) _arrived.Set();
                return;
            }
        }
        change.Failed(new IOException("the mailboxes are closed"));
    }

    /// <summary>Does what was asked for, and ends.</summary>
    public void Stop()
    {
        lock (_lock) _stopped = true;
        _arrived.Set();
        _thread.Join();
        _arrived.Dispose();
    }

    private void Run()
    {
        var batch = new List<Change>();
        MailboxConnection? db = null;
        while (Take(ref batch))
        {
            for (int next = 0; next < batch.Count; next += MaxBatch)
            {
                var changes = batch.GetRange(next, Math.Min(MaxBatch, batch.Count - next));
                try
                {
                    db ??= _database.Connect();
                    Commit(db, changes);
                }
                catch (Exception e)
                {
                    // whatever the connection is in now, a new one is not
                    db?.Dispose();
                    db = null;
                    if (!MailboxDatabase.IsOurs(e) && e is not IOException) e = new InvalidOperationException(e.Message, e);
                    OneByOne(changes, e);
                }
            }
            batch.Clear();
        }
        db?.Dispose();
    }

    private bool Take(ref List<Change> batch)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Count > 0)
                {
                    (batch, _waiting) = (_waiting, batch);
                    return true;
                }
                if (_stopped) return false;
            }
            _arrived.WaitOne();
        }
    }

    private static void Commit(MailboxConnection connection, List<Change> changes)
    {
        var refused = new Dictionary<Change, MailboxException>();
        using (var transaction = connection.Db.BeginTransaction(System.Data.IsolationLevel.Serializable))
        {
            foreach (var change in changes)
            {
                connection.Execute("SAVEPOINT change");
                try
                {
                    change.Make(connection);
                }
                catch (MailboxException e)
                {
                    refused.Add(change, e);
                    connection.Execute("ROLLBACK TO change");
                }
                connection.Execute("RELEASE change");
            }
            transaction.Commit();
        }
        foreach (var change in changes)
        {
            if (refused.TryGetValue(change, out var e)) change.Failed(e);
            else change.Made();
        }
    }

    /// <summary>One of them cannot be written: the others are not to suffer for it.</summary>
    private void OneByOne(List<Change> changes, Exception failure)
    {
        foreach (var change in changes)
        {
            if (changes.Count > 1)
            {
                try
                {
                    using var db = _database.Connect();
                    Commit(db, [change]);
                    continue;
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }
            change.Failed(MailboxDatabase.IsOurs(failure) ? MailboxDatabase.Failure(failure) : failure);
        }
    }

    /// <summary>Something that is to be written.</summary>
    internal abstract class Change
    {
        /// <summary>Writes it; called again where the commit with others failed. Throws <see cref="MailboxException"/> where it breaks a rule.</summary>
        public abstract void Make(MailboxConnection connection);

        /// <summary>It is on stable storage.</summary>
        public abstract void Made();

        /// <summary>Nothing of it was written.</summary>
        public abstract void Failed(Exception e);
    }
}

using System.Collections.Concurrent;
using LinqToDB;
using Mta.Mailbox.Store;
using Mta.Storage;

namespace Mta.Mailbox.Search;

/// <summary>
/// The full-text indexes, a file for each account that has searched much. They grow behind the mailboxes, on a thread of their own, and are nothing but a short cut:
/// what is not in them is read, and one that is damaged or in doubt is thrown away. Safe from any thread.
/// </summary>
public sealed class TextIndexes : IDisposable
{
    private readonly string _folder;
    private readonly TextIndexer _indexer;
    private readonly ConcurrentDictionary<(long AccountId, long MailboxId), bool> _wanted = [];
    private readonly ConcurrentDictionary<long, bool> _ready = []; // accounts whose file has its tables
    private readonly BlockingCollection<(long AccountId, long MailboxId)> _queue = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _files = new();
    private readonly Thread _thread;

    internal TextIndexes(string folder, Func<long, MailboxReader> read)
    {
        _folder = folder;
        _indexer = new(read);
        _thread = new(Run) { IsBackground = true, Name = "text index" };
        _thread.Start();
    }

    /// <summary>For a search in a mailbox; null where there is no index of it.</summary>
    /// <param name="reader">That the search reads with.</param>
    public TextSearch? Open(MailboxReader reader, long mailboxId)
    {
        if (!File.Exists(FileOf(reader.AccountId))) return null;
        TextIndexFile? file = null;
        try
        {
            file = OpenFile(reader.AccountId);
            uint last = file.LastUid(mailboxId);
            // mailboxes that were set back to an old copy: UIDs may mean other messages by now
            if (last >= reader.UidNext(mailboxId))
            {
                file.Dispose();
                if (last > 0) Remove(reader.AccountId);
                return null;
            }
            return new(file, last, () => Remove(reader.AccountId));
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e) || e is IOException)
        {
            file?.Dispose();
            Remove(reader.AccountId);
            return null;
        }
    }

    /// <summary>Somebody searches much in this mailbox: it is worth an index.</summary>
    public void Request(long accountId, long mailboxId)
    {
        if (!_stop.IsCancellationRequested && _wanted.TryAdd((accountId, mailboxId), true)) _queue.Add((accountId, mailboxId));
    }

    /// <summary>Throws the index of an account away.</summary>
    public void Remove(long accountId)
    {
        lock (_files)
        {
            if (!Directory.Exists(_folder)) return;
            _ready.TryRemove(accountId, out _);
            SqliteFile.Close(Options(accountId));
            foreach (string end in (string[])["", "-wal", "-shm"]) File.Delete(FileOf(accountId) + end);
        }
    }

    /// <summary>Ends the thread. What it had begun it does when it is asked for again.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _queue.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            foreach (var (account, mailbox) in _queue.GetConsumingEnumerable(_stop.Token))
            {
                _wanted.TryRemove((account, mailbox), out _);
                Index(account, mailbox);
            }
        }
        catch (OperationCanceledException)
        {
            // the end
        }
    }

    private void Index(long account, long mailbox)
    {
        try
        {
            Directory.CreateDirectory(_folder);
            using (var file = OpenFile(account))
                if (_indexer.Run(file, account, mailbox, _stop.Token)) return;
            Remove(account);
        }
        catch (Exception)
        {
            // whatever it is: nothing here is worth the node
            Remove(account);
        }
    }

    private TextIndexFile OpenFile(long account)
    {
        var file = TextIndexFile.Open(Options(account), _ready.ContainsKey(account));
        _ready.TryAdd(account, true);
        return file;
    }

    private string FileOf(long accountId) => Path.Combine(_folder, $"{accountId}.db");

    private DataOptions Options(long accountId) => SqliteFile.Options(FileOf(accountId), new());
}

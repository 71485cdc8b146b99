namespace Mta.Imap;

/// <summary>
/// Lets so many commands be executed at once, whichever connections they came from, and the others in their order: each holds a thread that waits for the disk,
/// and the pool's threads are for mail too. From any thread.
/// </summary>
internal sealed class CommandGate(int limit)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private int _limit = limit, _inside;

    /// <summary>One that is smaller than before holds once those that are inside have left.</summary>
    public int Limit
    {
        set
        {
            lock (_lock)
            {
                _limit = value;
                Admit();
            }
        }
    }

    /// <summary>Completes when it is one's turn.</summary>
    public Task EnterAsync()
    {
        // continued elsewhere: not within the lock, nor before who leaves has gone on
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue(turn);
            Admit();
        }
        return turn.Task;
    }

    public void Leave()
    {
        lock (_lock)
        {
            _inside--;
            Admit();
        }
    }

    /// <summary>Does it inside.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        await EnterAsync().ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits outside, where one is in nobody's way.</summary>
    public async Task WaitAsync(Func<Task> until)
    {
        Leave();
        try
        {
            await until().ConfigureAwait(false);
        }
        finally
        {
            await EnterAsync().ConfigureAwait(false);
        }
    }

    private void Admit()
    {
        for (; _inside < _limit && _waiting.TryDequeue(out var next); _inside++) next.SetResult();
    }
}

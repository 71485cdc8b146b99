namespace Mta.Accounts.Passwords;

/// <summary>
/// Bounds how many passwords are hashed at once, and how many wait for it: each takes 19 MiB and a processor for a while, and anyone who can
/// connect can ask for it.
/// </summary>
/// <param name="parallel">At once.</param>
/// <param name="waiting">Beyond those; who comes then is sent away at once.</param>
/// <param name="limit">How long to wait.</param>
internal sealed class HashGate(int parallel, int waiting, TimeSpan limit, TimeProvider clock)
{
    private readonly SemaphoreSlim _free = new(parallel);
    private int _waiting;

    /// <summary>A place, to be disposed of after the work; null when there is none in time.</summary>
    public async ValueTask<IDisposable?> EnterAsync(CancellationToken cancel)
    {
        if (_free.Wait(0, CancellationToken.None)) return new Place(_free);
        if (Interlocked.Increment(ref _waiting) > waiting)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }
        using var patience = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await _free.WaitAsync(both.Token).ConfigureAwait(false);
            return new Place(_free);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>On a thread of its own: the pool's are for what does not take long, mail among it.</summary>
    public static Task<T> Hash<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private SemaphoreSlim? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.Release();
    }
}

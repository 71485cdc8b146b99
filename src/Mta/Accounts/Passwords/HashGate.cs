namespace Mta.Accounts.Passwords;

/// <summary>
/// Bounds how many passwords are hashed at once, and how many wait for it: each takes 19 MiB and a processor for a while, and anyone who can
/// connect can ask for it. Strangers wait in a queue of their own before they come to
/// that of all, so that who is known waits for a few of them at most, however many there are.
/// </summary>
/// <param name="parallel">At once.</param>
/// <param name="waiting">Beyond those, strangers and known ones each; who comes then is sent away at once.</param>
/// <param name="limit">How long to wait.</param>
internal sealed class HashGate(int parallel, int waiting, TimeSpan limit, TimeProvider clock)
{
    private readonly SemaphoreSlim _free = new(parallel), _strangers = new(parallel);
    private readonly int[] _waiting = new int[2]; // strangers, known ones

    /// <summary>A place, to be disposed of after the work; null when there is none in time.</summary>
    /// <param name="isKnown">From where the owner has lately signed in, or the operator.</param>
    public async ValueTask<IDisposable?> EnterAsync(bool isKnown, CancellationToken cancel)
    {
        var place = new Place(isKnown ? [_free] : [_strangers, _free]);
        if (place.TryEnter()) return place;
        int queue = isKnown ? 1 : 0;
        if (Interlocked.Increment(ref _waiting[queue]) > waiting)
        {
            Interlocked.Decrement(ref _waiting[queue]);
            place.Dispose();
            return null;
        }
        using var patience = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            await place.EnterAsync(both.Token).ConfigureAwait(false);
            return place;
        }
        catch (OperationCanceledException)
        {
            place.Dispose();
            if (cancel.IsCancellationRequested) throw;
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting[queue]);
        }
    }

    /// <summary>On a thread of its own: the pool's are for what does not take long, mail among it.</summary>
    public static Task<T> Hash<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    /// <summary>What has been entered of some doors, one behind the other.</summary>
    private sealed class Place(SemaphoreSlim[] doors) : IDisposable
    {
        private int _entered;

        /// <summary>False where one is shut; those before it stay entered.</summary>
        public bool TryEnter()
        {
            while (_entered < doors.Length && doors[_entered].Wait(0, CancellationToken.None)) _entered++;
            return _entered == doors.Length;
        }

        public async Task EnterAsync(CancellationToken cancel)
        {
            for (; _entered < doors.Length; _entered++) await doors[_entered].WaitAsync(cancel).ConfigureAwait(false);
        }

        public void Dispose()
        {
            for (int count = Interlocked.Exchange(ref _entered, 0); count > 0;) doors[--count].Release();
        }
    }
}

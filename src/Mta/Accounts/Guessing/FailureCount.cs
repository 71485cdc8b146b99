namespace Mta.Accounts.Guessing;

/// <summary>The failures of one name, one network, or one of both: counted, forgotten one by one, and the lock that follows from them.</summary>
internal sealed class FailureCount
{
    /// <summary>Wrong passwords that are told apart.</summary>
    private const int MaxSeen = 8;

    private readonly Lock _lock = new();
    private readonly ulong[] _seen = new ulong[MaxSeen];
    private int _nextSeen;
    private double _failures;
    private DateTimeOffset _counted, _lockedUntil;

    /// <summary>How long nothing will be judged; zero when it will.</summary>
    public TimeSpan LockedFor(DateTimeOffset now)
    {
        lock (_lock) return _lockedUntil > now ? _lockedUntil - now : TimeSpan.Zero;
    }

    /// <param name="free">Failures without a lock.</param>
    public void Add(DateTimeOffset now, int free, GuessSettings settings)
    {
        lock (_lock)
        {
            // a clock that was set back must not make it more
            var passed = now > _counted ? now - _counted : TimeSpan.Zero;
            _failures = Math.Max(0, _failures - passed / settings.Forget) + 1;
            _counted = now;
            double beyond = _failures - free;
            if (beyond <= 0) return;
            double wait = settings.MinLock.TotalSeconds * Math.Pow(2, Math.Clamp(beyond - 1, 0, 60));
            _lockedUntil = now + TimeSpan.FromSeconds(Math.Min(settings.MaxLock.TotalSeconds, wait));
        }
    }

    /// <summary>Whether this wrong password has just been tried: a program with an old password is no one who guesses.</summary>
    public bool HasSeen(ulong wrong)
    {
        lock (_lock)
        {
            if (_seen.AsSpan().Contains(wrong)) return true;
            _seen[_nextSeen++ % MaxSeen] = wrong;
            return false;
        }
    }
}

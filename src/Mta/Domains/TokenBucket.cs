namespace Mta.Domains;

/// <summary>Keeps a rate: holds at most a second's worth of tokens, or one.</summary>
public sealed class TokenBucket(double perSecond, TimeProvider clock)
{
    private double _tokens = Math.Max(1, perSecond);
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Tokens that come each second; a change holds from the last <see cref="TryTake"/> on.</summary>
    public double PerSecond { get; set; } = perSecond;

    /// <summary>One that has to fill first.</summary>
    public static TokenBucket Empty(double perSecond, TimeProvider clock) => new(perSecond, clock) { _tokens = 0 };

    /// <summary>Takes a token; where there is none, <paramref name="wait"/> is how long until there is.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        long now = clock.GetTimestamp();
        _tokens = Math.Min(Math.Max(1, PerSecond), _tokens + clock.GetElapsedTime(_filledAt, now).TotalSeconds * PerSecond);
        _filledAt = now;
        wait = TimeSpan.Zero;
        if (_tokens >= 1)
        {
            _tokens--;
            return true;
        }
        wait = TimeSpan.FromSeconds((1 - _tokens) / PerSecond);
        return false;
    }
}

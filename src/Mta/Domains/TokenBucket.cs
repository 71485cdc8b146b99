namespace Mta.Domains;

/// <summary>Keeps a rate: holds at most a second's worth of tokens, or one.</summary>
public sealed class TokenBucket(double perSecond, TimeProvider clock)
{
    private readonly double _capacity = Math.Max(1, perSecond);
    private double _tokens = Math.Max(1, perSecond);
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Takes a token; where there is none, <paramref name="wait"/> is how long until there is.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        long now = clock.GetTimestamp();
        _tokens = Math.Min(_capacity, _tokens + clock.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond);
        _filledAt = now;
        wait = TimeSpan.Zero;
        if (_tokens >= 1)
        {
            _tokens--;
            return true;
        }
        wait = TimeSpan.FromSeconds((1 - _tokens) / perSecond);
        return false;
    }
}

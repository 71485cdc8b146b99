namespace Mta.Domains;

/// <summary>
/// How fast messages go to a site: as fast as the policy says, and slower for a while when the hosts say that it is too fast. Then it is
/// what they took lately, less a fifth; it grows by a twentieth each second, and is lifted after a minute without a complaint.
/// </summary>
/// <param name="limit">Messages a second by the policy, or null for any.</param>
public sealed class Pace(double? limit, TimeProvider clock)
{
    private const double Cut = 0.8, Growth = 1.05, Least = 0.1;
    private const int Seconds = 5;
    private static readonly TimeSpan Lifted = TimeSpan.FromMinutes(1), Between = TimeSpan.FromSeconds(1);

    private readonly TokenBucket? _policy = limit is { } rate ? new(rate, clock) : null;
    private readonly long _start = clock.GetTimestamp();
    private readonly int[] _carried = new int[Seconds];
    private long _second;
    private long? _firstSecond;
    private long _slowedAt;
    private double _rate;
    private TokenBucket? _slow;

    /// <summary>Messages a second since the hosts complained, or null.</summary>
    public double? Slowed => IsSlowed ? _slow!.PerSecond : null;

    private bool IsSlowed
    {
        get
        {
            if (_slow is not null && clock.GetElapsedTime(_slowedAt) >= Lifted) _slow = null;
            return _slow is not null;
        }
    }

    /// <summary>May a message go now? If not, <paramref name="wait"/> is how long until one may.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        if (IsSlowed)
        {
            _slow!.PerSecond = _rate * Math.Pow(Growth, clock.GetElapsedTime(_slowedAt).TotalSeconds);
            if (!_slow.TryTake(out wait)) return false;
        }
        wait = TimeSpan.Zero;
        return _policy is null || _policy.TryTake(out wait);
    }

    /// <summary>A message was carried.</summary>
    public void Carried()
    {
        Advance();
        _firstSecond ??= _second;
        _carried[_second % Seconds]++;
    }

    /// <summary>A host sent us away for being too fast. What was on its way at the same time complains together: that is one complaint.</summary>
    public void SlowDown()
    {
        Advance();
        bool wasSlowed = IsSlowed;
        if (wasSlowed && clock.GetElapsedTime(_slowedAt) < Between) return;
        double span = Math.Clamp(_second - (_firstSecond ?? _second), 1, Seconds), lately = _carried.Sum() / span;
        _rate = Math.Max(Least, (wasSlowed ? Math.Min(lately, _slow!.PerSecond) : lately) * Cut);
        _slowedAt = clock.GetTimestamp();
        _slow = TokenBucket.Empty(_rate, clock);
    }

    private void Advance()
    {
        long now = (long)clock.GetElapsedTime(_start).TotalSeconds;
        for (long skipped = Math.Max(_second + 1, now - Seconds + 1); skipped <= now; skipped++) _carried[skipped % Seconds] = 0;
        _second = now;
    }
}

using Mta.Accounts;

namespace Mta.Smtp;

/// <summary>
/// Counts the recipients that each account sent to within an hour. The hour slides: what was sent in the one before counts for the part of it that is
/// still within the last sixty minutes. Safe from any thread; forgets an account that has sent nothing for two hours.
/// </summary>
public sealed class SendingRates(TimeProvider clock)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Window> _accounts = [];
    private int _pruneAt = 1024;

    /// <summary>Whether so many more would be within the limit. Takes nothing.</summary>
    public bool Allows(Account account, int recipients)
    {
        if (account.MessagesPerHour == 0) return true;
        lock (_lock) return Current(account.Id).Sent(Now) + recipients <= account.MessagesPerHour;
    }

    /// <summary>Takes so many, or none: false when they would be too many.</summary>
    public bool TryTake(Account account, int recipients)
    {
        if (account.MessagesPerHour == 0) return true;
        lock (_lock)
        {
            var window = Current(account.Id);
            if (window.Sent(Now) + recipients > account.MessagesPerHour) return false;
            _accounts[account.Id] = window with { Count = window.Count + recipients };
            if (_accounts.Count > _pruneAt) Prune();
            return true;
        }
    }

    /// <summary>What was taken came to nothing.</summary>
    public void GiveBack(Account account, int recipients)
    {
        lock (_lock)
            if (_accounts.TryGetValue(account.Id, out var window)) _accounts[account.Id] = window with { Count = Math.Max(0, window.Count - recipients) };
    }

    private DateTimeOffset Now => clock.GetUtcNow();

    private Window Current(long account)
    {
        var window = _accounts.GetValueOrDefault(account, new(Now, 0, 0));
        var age = Now - window.Start;
        // a clock that went back begins anew
        if (age < TimeSpan.Zero || age >= 2 * Hour) return new(Now, 0, 0);
        return age < Hour ? window : new(window.Start + Hour, 0, window.Count);
    }

    private void Prune()
    {
        foreach (var (account, window) in _accounts)
            if (Now - window.Start >= 2 * Hour) _accounts.Remove(account);
        _pruneAt = Math.Max(1024, 2 * _accounts.Count);
    }

    private readonly record struct Window(DateTimeOffset Start, int Count, int Before)
    {
        public double Sent(DateTimeOffset now) => Count + Before * (1 - Math.Clamp((now - Start) / Hour, 0, 1));
    }
}

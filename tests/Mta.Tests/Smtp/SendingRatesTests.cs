using Microsoft.Extensions.Time.Testing;
using Mta.Accounts;
using Mta.Smtp;

namespace Mta.Tests.Smtp;

public class SendingRatesTests
{
    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Account _account = new(1, "a@here.example", 0, 10);

    [Fact]
    public void The_hour_slides()
    {
        var rates = new SendingRates(_clock);
        Assert.True(rates.TryTake(_account, 10));
        Assert.False(rates.TryTake(_account, 1));
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False(rates.TryTake(_account, 1));
        // a quarter of the next hour: three quarters of the ten still count
        _clock.Advance(TimeSpan.FromMinutes(16));
        Assert.True(rates.TryTake(_account, 2));
        Assert.False(rates.TryTake(_account, 1));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.True(rates.TryTake(_account, 10));
    }

    [Fact]
    public void To_ask_takes_nothing_and_what_came_to_nothing_is_given_back()
    {
        var rates = new SendingRates(_clock);
        Assert.True(rates.Allows(_account, 10));
        Assert.True(rates.Allows(_account, 10));
        Assert.False(rates.Allows(_account, 11));
        Assert.True(rates.TryTake(_account, 10));
        rates.GiveBack(_account, 4);
        Assert.True(rates.TryTake(_account, 4));
        Assert.False(rates.TryTake(_account, 1));
    }

    [Fact]
    public void Zero_is_no_limit() => Assert.True(new SendingRates(_clock).TryTake(_account with { MessagesPerHour = 0 }, 1_000_000));

    [Fact]
    public void A_clock_that_goes_back_locks_nobody_out()
    {
        var rates = new SendingRates(new BackwardsClock());
        Assert.True(rates.TryTake(_account, 10));
        Assert.True(rates.TryTake(_account, 10));
    }

    private sealed class BackwardsClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now -= TimeSpan.FromHours(1);
    }
}

using Microsoft.Extensions.Time.Testing;
using Mta.Accounts.Passwords;

namespace Mta.Tests.Accounts;

/// <summary>How many passwords are hashed at once.</summary>
public sealed class HashGateTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_are_let_in_so_many_wait_and_the_rest_is_sent_away()
    {
        var gate = new HashGate(parallel: 2, waiting: 1, TimeSpan.FromSeconds(10), new FakeTimeProvider());
        var first = await gate.EnterAsync(false, Cancel);
        var second = await gate.EnterAsync(false, Cancel);
        var third = gate.EnterAsync(false, Cancel).AsTask();
        Assert.False(third.IsCompleted);
        Assert.Null(await gate.EnterAsync(false, Cancel));
        first!.Dispose();
        // once more is no second place
        first.Dispose();
        using var entered = await third;
        Assert.NotNull(entered);
        var fourth = gate.EnterAsync(false, Cancel).AsTask();
        Assert.False(fourth.IsCompleted);
        second!.Dispose();
        Assert.NotNull(await fourth);
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_sent_away_and_makes_room_for_the_next()
    {
        var clock = new FakeTimeProvider();
        var gate = new HashGate(parallel: 1, waiting: 1, TimeSpan.FromSeconds(10), clock);
        using var first = await gate.EnterAsync(false, Cancel);
        var second = gate.EnterAsync(false, Cancel).AsTask();
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(await second);
        using var hangUp = new CancellationTokenSource();
        var third = gate.EnterAsync(false, hangUp.Token).AsTask();
        Assert.False(third.IsCompleted);
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        var fourth = gate.EnterAsync(false, Cancel).AsTask();
        first!.Dispose();
        Assert.NotNull(await fourth);
    }

    [Fact]
    public async Task Strangers_who_fill_the_queue_leave_room_for_those_who_are_known()
    {
        var gate = new HashGate(parallel: 1, waiting: 1, TimeSpan.FromMinutes(1), TimeProvider.System);
        var first = await gate.EnterAsync(false, Cancel);
        var stranger = gate.EnterAsync(false, Cancel).AsTask();
        Assert.Null(await gate.EnterAsync(false, Cancel));
        var known = gate.EnterAsync(true, Cancel).AsTask();
        Assert.Null(await gate.EnterAsync(true, Cancel));
        // and go first, though they came last
        first!.Dispose();
        using (var entered = await known)
        {
            Assert.NotNull(entered);
            Assert.False(stranger.IsCompleted);
        }
        using var last = await stranger;
        Assert.NotNull(last);
    }

    [Fact]
    public async Task Hashing_never_takes_a_thread_of_the_pool() => Assert.False(await HashGate.Hash(() => Thread.CurrentThread.IsThreadPoolThread));
}

using System.Net;
using Mta.Accounts;
using Mta.Accounts.Guessing;

namespace Mta.Tests.Accounts;

/// <summary>Who guesses is slowed down, and whose account it is gets in.</summary>
public sealed class GuessingTests
{
    private const string Password = "correct horse";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<DirectoryBench> Bench(Func<GuessSettings, GuessSettings>? change = null)
    {
        var bench = new DirectoryBench(s => s with { RefreshInterval = TimeSpan.FromDays(1), Guessing = (change ?? (g => g))(s.Guessing with { PerName = 3, PerAddress = 6 }) });
        await bench.Add();
        await bench.Admin.Accounts.AddAsync("ann@ours.test", Password, 0, 0, Cancel);
        return bench;
    }

    /// <param name="times">Different wrong passwords.</param>
    private static async Task<SignIn> Guess(DirectoryBench bench, string name, IPAddress client, int times, int from = 0)
    {
        SignIn last = SignIn.Busy.Instance;
        for (int i = 0; i < times; i++) last = await bench.SignIn(name, $"guess {from + i}", client);
        return last;
    }

    private static IPAddress Client(int number) => new([10, 0, (byte)(number / 256), (byte)number]);

    [Fact]
    public async Task A_name_is_locked_after_some_failures_longer_each_time_and_up_to_a_limit()
    {
        using var bench = await Bench();
        for (int i = 0; i < 4; i++) Assert.IsType<SignIn.Refused>(await Guess(bench, "ann@ours.test", Client(i), 1, i));
        var min = DirectoryBench.Settings().Guessing.MinLock;
        var locked = Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password, Client(100)));
        Assert.Equal(min, locked.For);
        // nothing is judged meanwhile, so nothing counts
        for (int i = 0; i < 10; i++) Assert.IsType<SignIn.Locked>(await Guess(bench, "ann@ours.test", Client(200 + i), 1, 200 + i));
        var last = min;
        for (int i = 0; i < 12; i++)
        {
            bench.Clock.Advance(last);
            Assert.IsType<SignIn.Refused>(await Guess(bench, "ann@ours.test", Client(300 + i), 1, 300 + i));
            var next = Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password, Client(100))).For;
            Assert.InRange(next, last * 0.99, DirectoryBench.Settings().Guessing.MaxLock);
            last = next;
        }
        // of what is forgotten meanwhile and what is added a long lock remains, but no endless one
        Assert.InRange(last, TimeSpan.FromMinutes(2), DirectoryBench.Settings().Guessing.MaxLock);
        bench.Clock.Advance(last);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password, Client(100)));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_locked_like_one_that_does()
    {
        using var bench = await Bench();
        foreach (string name in (string[])["ann@ours.test", "nobody@ours.test", "no address"])
        {
            var results = new List<Type>();
            for (int i = 0; i < 6; i++) results.Add((await Guess(bench, name, Client(name.Length * 10 + i), 1, i)).GetType());
            Assert.Equal([typeof(SignIn.Refused), typeof(SignIn.Refused), typeof(SignIn.Refused), typeof(SignIn.Refused), typeof(SignIn.Locked), typeof(SignIn.Locked)], results);
        }
    }

    [Fact]
    public async Task Strangers_cannot_lock_the_owner_out_where_he_has_signed_in_before()
    {
        using var bench = await Bench();
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        for (int i = 0; i < 30; i++) await Guess(bench, "ann@ours.test", Client(i), 1, i);
        Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password, DirectoryBench.Elsewhere));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        // also after a restart, which forgets who guessed but not who is known
        bench.Restart();
        for (int i = 0; i < 30; i++) await Guess(bench, "ann@ours.test", Client(i), 1, i);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        bench.Clock.Advance(DirectoryBench.Settings().Guessing.KnownFor);
        for (int i = 0; i < 30; i++) await Guess(bench, "ann@ours.test", Client(i), 1, 100 + i);
        Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password));
    }

    [Fact]
    public async Task A_neighbour_behind_the_owners_address_gets_no_more_tries_than_a_stranger()
    {
        using var bench = await Bench();
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        await Guess(bench, "ann@ours.test", DirectoryBench.Here, 4);
        Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password));
        // that is no reason to lock out the owner elsewhere
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password, DirectoryBench.Elsewhere));
    }

    [Fact]
    public async Task An_address_that_tries_many_names_is_locked_and_known_accounts_behind_it_are_not()
    {
        using var bench = await Bench();
        await bench.Admin.Accounts.AddAsync("bob@ours.test", Password, 0, 0, Cancel);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        for (int i = 0; i < 7; i++) Assert.IsType<SignIn.Refused>(await bench.SignIn($"u{i}@ours.test", "the same password"));
        Assert.IsType<SignIn.Locked>(await bench.SignIn("u9@ours.test", "x"));
        Assert.IsType<SignIn.Locked>(await bench.SignIn("bob@ours.test", Password));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("bob@ours.test", Password, DirectoryBench.Elsewhere));
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("192.0.2.9", "::ffff:192.0.2.9", true)]
    [InlineData("192.0.2.9", "192.0.2.10", false)]
    public async Task An_IPv6_network_is_one_client(string one, string other, bool same)
    {
        using var bench = await Bench();
        for (int i = 0; i < 7; i++) await bench.SignIn($"u{i}@ours.test", "x", IPAddress.Parse(one));
        Assert.Equal(same, await bench.SignIn("u9@ours.test", "x", IPAddress.Parse(other)) is SignIn.Locked);
    }

    [Fact]
    public async Task A_program_with_an_old_password_counts_once()
    {
        using var bench = await Bench();
        for (int i = 0; i < 100; i++) Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", "my old password"));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        for (int i = 0; i < 100; i++) Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", "my old password"));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
    }

    [Fact]
    public async Task Proofs_checked_elsewhere_count_too()
    {
        using var bench = await Bench();
        for (int i = 0; i < 4; i++) Assert.IsType<SignIn.Refused>(await bench.Directory.SignInAsync("ann@ours.test", proven: false, Client(i), Cancel));
        Assert.IsType<SignIn.Locked>(await bench.Directory.SignInAsync("ann@ours.test", proven: true, Client(99), Cancel));
        Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password, Client(98)));
        bench.Clock.Advance(DirectoryBench.Settings().Guessing.MinLock);
        Assert.IsType<SignIn.Accepted>(await bench.Directory.SignInAsync("ann@ours.test", proven: true, Client(99), Cancel));
        Assert.IsType<SignIn.Refused>(await bench.Directory.SignInAsync("nobody@ours.test", proven: true, Client(97), Cancel));
    }

    [Fact]
    public async Task Failures_are_forgotten_by_time_alone()
    {
        using var bench = await Bench();
        var forget = DirectoryBench.Settings().Guessing.Forget;
        for (int i = 0; i < 30; i++)
        {
            Assert.IsType<SignIn.Refused>(await Guess(bench, "ann@ours.test", Client(i), 1, i));
            bench.Clock.Advance(forget);
        }
        // a success does not make room for more guesses
        await Guess(bench, "ann@ours.test", Client(90), 3, 100);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        await Guess(bench, "ann@ours.test", Client(91), 1, 200);
        Assert.IsType<SignIn.Locked>(await bench.SignIn("ann@ours.test", Password, Client(92)));
    }

    [Fact]
    public async Task Many_at_once_get_no_more_tries_than_one_after_the_other()
    {
        using var bench = await Bench();
        int before = (int)bench.Directory.Hashes;
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => bench.SignIn("ann@ours.test", $"guess {i}", Client(i))));
        // four are free, and those that were being judged when the fourth failed
        Assert.InRange(bench.Directory.Hashes - before, 4, 8);
        Assert.Equal(60 - (bench.Directory.Hashes - before), results.Count(r => r is SignIn.Locked));
    }

    [Fact]
    public async Task A_refusal_is_kept_back_and_a_lock_is_not()
    {
        using var bench = await Bench(g => g with { FailureDelay = TimeSpan.FromSeconds(1) });
        var refused = Guess(bench, "ann@ours.test", DirectoryBench.Here, 1);
        var unknown = Guess(bench, "bob@ours.test", DirectoryBench.Here, 1);
        while (bench.Directory.Hashes < 2) await Task.Yield();
        Assert.False(refused.IsCompleted || unknown.IsCompleted);
        while (!refused.IsCompleted || !unknown.IsCompleted)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        Assert.IsType<SignIn.Refused>(await refused);
    }

    [Fact]
    public void What_is_remembered_is_bounded()
    {
        var guard = new GuessGuard(DirectoryBench.Settings().Guessing with { Entries = 100 }, TimeProvider.System);
        for (int i = 0; i < 20_000; i++) guard.Failed(new($"u{i}", Client(i), i % 2 == 0), "x");
        Assert.InRange(guard.Count, 100, 330);
    }
}

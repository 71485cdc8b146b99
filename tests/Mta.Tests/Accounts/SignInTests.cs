using Mta.Accounts;
using Mta.Accounts.Passwords;

namespace Mta.Tests.Accounts;

/// <summary>Who may sign in.</summary>
public sealed class SignInTests
{
    private const string Password = "correct horse";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<DirectoryBench> Bench()
    {
        var bench = new DirectoryBench();
        await bench.Add();
        await bench.Admin.Accounts.AddAsync("ann@ours.test", Password, 5000, 100, Cancel);
        return bench;
    }

    [Theory]
    [InlineData("ann@ours.test", Password, true)]
    [InlineData("Ann@OURS.test", Password, true)]
    [InlineData("ann@ours.test", "Correct horse", false)]
    [InlineData("ann@ours.test", "", false)]
    [InlineData("ann@ours.test", "correct horse\0", false)]
    [InlineData("ann+x@ours.test", Password, false)]
    [InlineData("ann", Password, false)]
    [InlineData("bob@ours.test", Password, false)]
    [InlineData("", "", false)]
    [InlineData("no address at all > \r\n", Password, false)]
    public async Task A_name_and_its_password_open_an_account(string name, string password, bool open)
    {
        using var bench = await Bench();
        var result = await bench.SignIn(name, password);
        if (open) Assert.Equal(new Account(1, "ann@ours.test", 5000, 100), Assert.IsType<SignIn.Accepted>(result).Account);
        else Assert.IsType<SignIn.Refused>(result);
    }

    [Fact]
    public async Task A_default_domain_spares_typing_it()
    {
        using var bench = await Bench();
        bench.Restart(s => s with { DefaultDomain = "ours.test" });
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("Ann", Password));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
    }

    [Fact]
    public async Task The_same_is_computed_whether_the_name_exists_or_not()
    {
        using var bench = await Bench();
        await bench.Admin.Accounts.AddAsync("none@ours.test", null, 0, 0, Cancel);
        foreach (var (name, password) in new[]
                 {
                     ("ann@ours.test", "wrong"), ("bob@ours.test", "wrong"), ("none@ours.test", "wrong"), ("no address", "wrong"), ("x@else.test", "wrong"),
                     ("ann@ours.test", "\u0001"), ("bob@ours.test", "\u0001"), ("ann@ours.test", Password),
                 })
        {
            long before = bench.Directory.Hashes;
            await bench.SignIn(name, password);
            Assert.Equal(1, bench.Directory.Hashes - before);
        }
    }

    [Fact]
    public async Task A_new_password_replaces_the_old_one_and_its_keys()
    {
        using var bench = await Bench();
        var keys = await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel);
        await bench.Admin.Accounts.SetPasswordAsync("ann@ours.test", "battery staple", Cancel);
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", Password));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", "battery staple"));
        Assert.NotEqual(keys.StoredKey, (await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel)).StoredKey);
        await bench.Admin.Accounts.SetPasswordAsync("ann@ours.test", null, Cancel);
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", "battery staple"));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    [InlineData("tab\tin between")]
    [InlineData("e\u0301e\u0301e\u0301e\u0301")]
    public async Task A_password_that_is_none_or_too_short_is_refused_when_it_is_set(string password)
    {
        using var bench = await Bench();
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Accounts.SetPasswordAsync("ann@ours.test", password, Cancel));
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Accounts.AddAsync("bob@ours.test", password, 0, 0, Cancel));
    }

    [Fact]
    public async Task The_keys_for_scram_fit_the_password_and_of_a_stranger_are_always_the_same()
    {
        using var bench = await Bench();
        var keys = await bench.Directory.ScramKeysAsync("ANN@ours.test", Cancel);
        Assert.Equal(ScramSecret.Create(Password, [.. keys.Salt], keys.Iterations).StoredKey, keys.StoredKey);
        var invented = await bench.Directory.ScramKeysAsync("bob@ours.test", Cancel);
        Assert.Equal((keys.Salt.Length, keys.Iterations), (invented.Salt.Length, invented.Iterations));
        Assert.NotEqual(invented.Salt, (await bench.Directory.ScramKeysAsync("carl@ours.test", Cancel)).Salt);
        bench.Restart();
        var again = await bench.Directory.ScramKeysAsync("Bob@ours.test", Cancel);
        Assert.Equal((invented.Salt, invented.StoredKey, invented.ServerKey), (again.Salt, again.StoredKey, again.ServerKey), (a, b) =>
            a.Item1.SequenceEqual(b.Item1) && a.Item2.SequenceEqual(b.Item2) && a.Item3.SequenceEqual(b.Item3));
    }

    [Fact]
    public async Task Other_parameters_hold_from_the_next_sign_in_on()
    {
        using var bench = await Bench();
        bench.Restart(s => s with { Passwords = s.Passwords with { Argon2 = new(128, 2), ScramIterations = 5000 } });
        Assert.Equal(ScramSecret.MinIterations, (await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel)).Iterations);
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", "wrong"));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        Assert.Equal(5000, (await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel)).Iterations);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        // and without SCRAM nothing is kept that could be tried
        bench.Restart(s => s with { Passwords = s.Passwords with { Argon2 = new(128, 2), ScramIterations = 0 } });
        var before = await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        Assert.NotEqual(before.StoredKey, (await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel)).StoredKey);
    }

    [Fact]
    public async Task While_the_iterations_change_over_invented_keys_have_either_number_as_often_as_real_ones()
    {
        const int names = 400, old = ScramSecret.MinIterations, next = 5000;
        using var bench = await Bench();
        foreach (string name in new[] { "bob", "carl", "dora" }) await bench.Admin.Accounts.AddAsync($"{name}@ours.test", Password, 0, 0, Cancel);
        Assert.Equal(names, (await Strangers()).Count(k => k.Iterations == old));
        // nobody has signed in since: all the same
        bench.Restart(s => s with { Passwords = s.Passwords with { ScramIterations = next } });
        Assert.Equal(names, (await Strangers()).Count(k => k.Iterations == old));

        var before = await Strangers();
        foreach (var (name, share) in new[] { ("ann", 0.25), ("bob", 0.5), ("carl", 0.75), ("dora", 1) })
        {
            Assert.IsType<SignIn.Accepted>(await bench.SignIn($"{name}@ours.test", Password));
            var after = await Strangers();
            Assert.InRange(after.Count(k => k.Iterations == next), names * (share - 0.15), names * (share + 0.15));
            foreach (var (was, now) in before.Zip(after))
            {
                // each changes over once, and with a new salt, as a password that is hashed anew does
                Assert.True(was.Iterations == old || now.Iterations == next);
                Assert.Equal(was.Iterations == now.Iterations, was.Salt.SequenceEqual(now.Salt));
            }
            before = after;
        }
        Assert.All(before, k => Assert.Equal(next, k.Iterations));

        async Task<List<Protocol.Sasl.ScramKeys>> Strangers()
        {
            var keys = new List<Protocol.Sasl.ScramKeys>();
            for (int i = 0; i < names; i++) keys.Add(await bench.Directory.ScramKeysAsync($"nobody{i}@ours.test", Cancel));
            return keys;
        }
    }

    [Fact]
    public async Task An_app_password_opens_its_account_alone_until_it_is_removed()
    {
        using var bench = await Bench();
        await bench.Admin.Accounts.AddAsync("bob@ours.test", null, 0, 0, Cancel);
        var app = await bench.Admin.AppPasswords.AddAsync("ann@ours.test", "telephone", Cancel);
        Assert.Null(Assert.Single(await bench.Admin.AppPasswords.ListAsync("ann@ours.test", Cancel)).LastUsedAt);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", app.Password));
        Assert.Equal(bench.Clock.GetUtcNow(), Assert.Single(await bench.Admin.AppPasswords.ListAsync("ann@ours.test", Cancel)).LastUsedAt);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", app.Password));
        Assert.Equal(bench.Clock.GetUtcNow(), Assert.Single(await bench.Admin.AppPasswords.ListAsync("ann@ours.test", Cancel)).LastUsedAt);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
        Assert.IsType<SignIn.Refused>(await bench.SignIn("bob@ours.test", app.Password));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.AppPasswords.AddAsync("ann@ours.test", "telephone", Cancel));
        await bench.Admin.AppPasswords.RemoveAsync("ann@ours.test", "telephone", Cancel);
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", app.Password));
    }

    [Fact]
    public async Task A_disabled_account_opens_with_nothing()
    {
        using var bench = await Bench();
        var app = await bench.Admin.AppPasswords.AddAsync("ann@ours.test", "telephone", Cancel);
        await bench.Admin.Accounts.ChangeAsync("ann@ours.test", new(CanSignIn: false), Cancel);
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", Password));
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", app.Password));
        Assert.IsType<SignIn.Refused>(await bench.Directory.SignInAsync("ann@ours.test", true, DirectoryBench.Here, Cancel));
        await bench.Admin.Accounts.ChangeAsync("ann@ours.test", new(CanSignIn: true), Cancel);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
    }

    [Fact]
    public async Task Beyond_what_can_be_judged_at_once_clients_are_told_to_come_again()
    {
        using var bench = await Bench();
        bench.Restart(s => s with { Passwords = s.Passwords with { Parallel = 1, Waiting = 0, Argon2 = new(64 * 1024, 4) } });
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => bench.SignIn($"u{i}@ours.test", "wrong")));
        Assert.Contains(results, r => r is SignIn.Busy);
        Assert.Contains(results, r => r is SignIn.Refused);
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("ann@ours.test", Password));
    }
}

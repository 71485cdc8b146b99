using Mta.Accounts;

namespace Mta.Tests.Accounts;

/// <summary>Where mail for an address goes.</summary>
public sealed class ResolutionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_directory_without_domains_knows_nobody_and_has_no_file()
    {
        using var bench = new DirectoryBench();
        Assert.False(bench.Directory.IsLocal("ours.test"));
        Assert.Equal("unknown", await bench.Targets("ann@ours.test"));
        Assert.IsType<SignIn.Refused>(await bench.SignIn("ann@ours.test", "password"));
        Assert.Equal(16, (await bench.Directory.ScramKeysAsync("ann@ours.test", Cancel)).Salt.Length);
        Assert.Empty((await bench.Admin.Accounts.ListAsync(null, null, 10, Cancel)).Entries);
        Assert.False(Directory.Exists(bench.Folder));
    }

    [Theory]
    [InlineData("ann@ours.test")]
    [InlineData("ANN@OURS.TEST")]
    [InlineData("Ann+lists@ours.test")]
    [InlineData("ann+a+b@ours.test")]
    [InlineData("ann+@ours.test")]
    public async Task Case_and_detail_do_not_count(string address)
    {
        using var bench = await DirectoryBench.With("ann");
        Assert.Equal("ann@ours.test", await bench.Targets(address));
    }

    [Theory]
    [InlineData("bob@ours.test")]
    [InlineData("+ann@ours.test")]
    [InlineData("ann-lists@ours.test")]
    [InlineData("ann@other.test")]
    [InlineData("\"ann+x y\"@ours.test")]
    public async Task What_is_not_there_is_unknown(string address)
    {
        using var bench = await DirectoryBench.With("ann");
        Assert.Equal("unknown", await bench.Targets(address));
    }

    [Fact]
    public async Task The_separator_is_the_operators_choice_and_may_be_none()
    {
        using var bench = await DirectoryBench.With("ann");
        bench.Restart(s => s with { AddressSeparator = "-" });
        Assert.Equal("ann@ours.test", await bench.Targets("ann-lists@ours.test"));
        Assert.Equal("unknown", await bench.Targets("ann+lists@ours.test"));
        bench.Restart(s => s with { AddressSeparator = "" });
        Assert.Equal("unknown", await bench.Targets("ann+lists@ours.test"));
    }

    [Fact]
    public async Task An_address_with_a_detail_of_its_own_comes_before_the_one_without()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Aliases.AddAsync("ann+news@ours.test", ["bob@ours.test"], Cancel);
        Assert.Equal("bob@ours.test", await bench.Targets("ann+news@ours.test"));
        Assert.Equal("ann@ours.test", await bench.Targets("ann+other@ours.test"));
    }

    [Fact]
    public async Task Umlauts_are_one_however_they_were_typed_and_whatever_their_case()
    {
        using var bench = await DirectoryBench.With("jos\u00E9");
        Assert.Equal("jos\u00E9@ours.test", await bench.Targets("JOSE\u0301@ours.test"));
        await bench.Admin.Domains.AddAsync("B\u00FCcher.test", null, Cancel);
        Assert.True(bench.Directory.IsLocal("xn--bcher-kva.test"));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Domains.AddAsync("Bu\u0308cher.test", null, Cancel));
    }

    [Fact]
    public async Task A_group_goes_to_each_member_once_here_and_elsewhere()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Aliases.AddAsync("sales@ours.test", ["ann+sales@ours.test", "Carl@Else.test", "carl@else.test"], Cancel);
        await bench.Admin.Aliases.AddAsync("all@ours.test", ["sales@ours.test", "ann@ours.test", "BOB@ours.test", "Carl@else.test"], Cancel);
        // whether Carl and carl are the same is for else.test to say (RFC 5321 §2.4)
        Assert.Equal("Carl@else.test ann@ours.test bob@ours.test carl@else.test", await bench.Targets("all@ours.test"));
    }

    [Fact]
    public async Task A_catch_all_takes_what_does_not_exist_and_nothing_else()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "bob@ours.test", Cancel);
        Assert.Equal("bob@ours.test", await bench.Targets("whoever@ours.test"));
        Assert.Equal("ann@ours.test", await bench.Targets("ann@ours.test"));
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "", Cancel);
        Assert.Equal("unknown", await bench.Targets("whoever@ours.test"));
    }

    [Fact]
    public async Task A_disabled_account_refuses_mail_unless_it_is_kept_and_its_groups_go_on()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Aliases.AddAsync("both@ours.test", ["ann@ours.test", "bob@ours.test"], Cancel);
        await bench.Admin.Accounts.ChangeAsync("ann@ours.test", new(CanSignIn: false, TakesMail: false), Cancel);
        Assert.Equal("550 5.2.1 this mailbox is disabled", await bench.Targets("ann@ours.test"));
        Assert.Equal("bob@ours.test", await bench.Targets("both@ours.test"));
        await bench.Admin.Accounts.ChangeAsync("ann@ours.test", new(TakesMail: true), Cancel);
        Assert.Equal("ann@ours.test bob@ours.test", await bench.Targets("both@ours.test"));
        Assert.IsType<SignIn.Refused>(await bench.Directory.SignInAsync("ann@ours.test", true, DirectoryBench.Here, Cancel));
    }

    [Fact]
    public async Task A_circle_is_refused_when_it_is_made_however_it_is_closed()
    {
        using var bench = await DirectoryBench.With("ann");
        var aliases = bench.Admin.Aliases;
        await DirectoryBench.Refused(DirectoryError.Conflict, () => aliases.AddAsync("a@ours.test", ["A@ours.test"], Cancel));
        await aliases.AddAsync("a@ours.test", ["ann@ours.test"], Cancel);
        await aliases.AddAsync("b@ours.test", ["a@ours.test"], Cancel);
        await DirectoryBench.Refused(DirectoryError.Conflict, () => aliases.AddAsync("a@ours.test", ["b+x@ours.test"], Cancel));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => aliases.AddAsync("a@ours.test", ["bob@else.test", "b@ours.test"], Cancel));
        // nothing of what was refused is left
        Assert.Equal("ann@ours.test", await bench.Targets("b@ours.test"));
        Assert.Equal(["ann@ours.test"], (await aliases.ShowAsync("a@ours.test", Cancel)).Targets);
    }

    [Fact]
    public async Task A_circle_that_came_about_ends_by_itself()
    {
        using var bench = await DirectoryBench.With("ann");
        await bench.Admin.Aliases.AddAsync("a@ours.test", ["ann@ours.test", "b@other.test"], Cancel);
        await bench.Admin.Domains.AddAsync("other.test", null, Cancel);
        // other.test was elsewhere until now: an address there that leads back is made without a look at what led to it
        await bench.Admin.Domains.SetCatchAllAsync("other.test", "ann@ours.test", Cancel);
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Domains.SetCatchAllAsync("other.test", "a@ours.test", Cancel));
        await bench.Admin.Domains.SetCatchAllAsync("other.test", "", Cancel);
        Assert.Equal("ann@ours.test", await bench.Targets("a@ours.test"));
    }

    [Fact]
    public async Task Too_many_targets_and_too_long_chains_are_refused_when_they_are_made()
    {
        using var bench = new DirectoryBench(s => s with { MaxTargets = 5, MaxDepth = 3 });
        await bench.Add("ann");
        var aliases = bench.Admin.Aliases;
        await DirectoryBench.Refused(DirectoryError.Invalid, () => aliases.AddAsync("big@ours.test", [.. Enumerable.Range(0, 6).Select(i => $"r{i}@else.test")], Cancel));
        await aliases.AddAsync("inner@ours.test", [.. Enumerable.Range(0, 3).Select(i => $"r{i}@else.test")], Cancel);
        await aliases.AddAsync("outer@ours.test", ["inner@ours.test", "s0@else.test", "s1@else.test"], Cancel);
        // the inner one alone would be small enough
        await DirectoryBench.Refused(DirectoryError.Invalid, () => aliases.AddAsync("inner@ours.test", ["r9@else.test"], Cancel));
        await aliases.AddAsync("c1@ours.test", ["ann@ours.test"], Cancel);
        await aliases.AddAsync("c2@ours.test", ["c1@ours.test"], Cancel);
        await aliases.AddAsync("c3@ours.test", ["c2@ours.test"], Cancel);
        await DirectoryBench.Refused(DirectoryError.Invalid, () => aliases.AddAsync("c4@ours.test", ["c3@ours.test"], Cancel));
    }

    [Fact]
    public async Task What_has_become_too_large_waits_for_the_operator_and_loses_nothing()
    {
        using var bench = await DirectoryBench.With("ann");
        await bench.Admin.Aliases.AddAsync("list@ours.test", ["ann@ours.test", "b@else.test", "c@else.test"], Cancel);
        bench.Restart(s => s with { MaxTargets = 2 });
        Assert.StartsWith("451 4.3.5", await bench.Targets("list@ours.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_holds_at_once_and_another_process_sees_it_soon()
    {
        using var bench = await DirectoryBench.With("ann");
        using var other = bench.Open();
        Assert.Equal("unknown", await bench.Targets("info@ours.test"));
        Assert.IsType<Resolution.Unknown>(await other.ResolveAsync(DirectoryBench.Mail("info@ours.test"), Cancel));
        await bench.Admin.Aliases.AddAsync("info@ours.test", ["ann@ours.test"], Cancel);
        await bench.Admin.Domains.AddAsync("new.test", null, Cancel);
        Assert.Equal("ann@ours.test", await bench.Targets("info@ours.test"));
        Assert.True(bench.Directory.IsLocal("new.test"));
        Assert.False(other.IsLocal("new.test"));
        bench.Clock.Advance(DirectoryBench.Settings().RefreshInterval);
        Assert.True(other.IsLocal("new.test"));
        Assert.IsType<Resolution.Deliverable>(await other.ResolveAsync(DirectoryBench.Mail("info@ours.test"), Cancel));
    }

    [Fact]
    public async Task What_is_known_costs_no_memory_to_ask_for()
    {
        using var bench = await DirectoryBench.With("ann");
        var address = DirectoryBench.Mail("Ann+x@ours.test");
        await bench.Directory.ResolveAsync(address, Cancel);
        const int times = 10_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < times; i++) Assert.NotNull(bench.Directory.IsLocal(address.Domain) ? await bench.Directory.ResolveAsync(address, CancellationToken.None) : null);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / times, 0, 8);
    }

    [Fact]
    public async Task A_database_that_cannot_be_read_is_trouble_of_ours_and_not_an_unknown_recipient()
    {
        using var bench = await DirectoryBench.With("ann");
        bench.Directory.Dispose();
        foreach (string file in Directory.GetFiles(bench.Folder)) File.WriteAllText(file, "this is no database, and never was one");
        await Assert.ThrowsAnyAsync<IOException>(() => bench.Targets("ann@ours.test"));
        Assert.ThrowsAny<IOException>(() => bench.Open());
    }
}

using LinqToDB;
using LinqToDB.Data;
using Mta.Accounts;
using Mta.Storage;

namespace Mta.Tests.Accounts;

/// <summary>What was changed is there after a restart, and what was refused never was.</summary>
public sealed class DurabilityTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        using var bench = await DirectoryBench.With("ann");
        await bench.Admin.Accounts.AddAsync("bob@ours.test", "correct horse", 7, 8, Cancel);
        await bench.Admin.Aliases.AddAsync("info@ours.test", ["ann@ours.test", "x@else.test"], Cancel);
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "bob@ours.test", Cancel);
        await bench.Admin.SenderRights.GrantAsync("bob@ours.test", "*@else.test", Cancel);
        var app = await bench.Admin.AppPasswords.AddAsync("bob@ours.test", "telephone", Cancel);
        bench.Restart();
        Assert.True(bench.Directory.IsLocal("ours.test"));
        Assert.Equal("ann@ours.test x@else.test", await bench.Targets("info@ours.test"));
        Assert.Equal("bob@ours.test", await bench.Targets("whoever@ours.test"));
        var bob = Assert.IsType<SignIn.Accepted>(await bench.SignIn("bob@ours.test", "correct horse")).Account;
        Assert.Equal((7, 8), (bob.Quota, bob.MessagesPerHour));
        Assert.IsType<SignIn.Accepted>(await bench.SignIn("bob@ours.test", app.Password));
        Assert.True(await bench.Directory.MaySendAsAsync(bob, DirectoryBench.Mail("y@else.test"), Cancel));
    }

    [Fact]
    public async Task An_id_is_never_given_twice()
    {
        using var bench = await DirectoryBench.With("a", "b");
        var ids = new List<long>();
        for (int i = 0; i < 3; i++)
        {
            ids.Add((await bench.Admin.Accounts.AddAsync("c@ours.test", null, 0, 0, Cancel)).Id);
            await bench.Admin.Accounts.RemoveAsync("c@ours.test", Cancel);
            bench.Restart();
        }
        Assert.Equal([3L, 4, 5], ids);
    }

    [Fact]
    public async Task The_file_is_written_as_safely_as_the_queue_and_keeps_its_references()
    {
        using var bench = await DirectoryBench.With("ann");
        using var db = new DataConnection(SqliteFile.Options(Path.Combine(bench.Folder, "accounts.db"), new(), foreignKeys: true));
        Assert.Equal("wal", db.Execute<string>("PRAGMA journal_mode"));
        Assert.Equal(2, db.Execute<int>("PRAGMA synchronous"));
        Assert.Equal(1, db.Execute<int>("PRAGMA foreign_keys"));
        Assert.ThrowsAny<System.Data.Common.DbException>(() => db.Execute("DELETE FROM accounts"));
        Assert.ThrowsAny<System.Data.Common.DbException>(() => db.Execute("INSERT INTO addresses (address, domain) VALUES ('x@nowhere.test', 'nowhere.test')"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(bench.Folder));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        using var bench = await DirectoryBench.With("ann");
        using (var db = new DataConnection(SqliteFile.Options(Path.Combine(bench.Folder, "accounts.db"), new())))
            db.Execute("INSERT INTO schema_version (version, applied_at) VALUES (1000, 0)");
        bench.Directory.Dispose();
        Assert.Contains("newer version", Assert.ThrowsAny<IOException>(() => bench.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_needs_cannot_be_removed()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Aliases.AddAsync("info@ours.test", ["ann+info@ours.test"], Cancel);
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "bob@ours.test", Cancel);
        var accounts = bench.Admin.Accounts;
        await DirectoryBench.Refused(DirectoryError.Conflict, () => accounts.RemoveAsync("ann@ours.test", Cancel));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => accounts.RemoveAsync("bob@ours.test", Cancel));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Domains.RemoveAsync("ours.test", Cancel));
        await bench.Admin.Aliases.RemoveAsync("info@ours.test", [], Cancel);
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "", Cancel);
        await accounts.RemoveAsync("ann@ours.test", Cancel);
        await accounts.RemoveAsync("bob@ours.test", Cancel);
        await bench.Admin.Domains.RemoveAsync("ours.test", Cancel);
        Assert.False(bench.Directory.IsLocal("ours.test"));
        await DirectoryBench.Refused(DirectoryError.NotFound, () => accounts.RemoveAsync("ann@ours.test", Cancel));
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("@ours.test")]
    [InlineData("ann@")]
    [InlineData("<ann@ours.test>")]
    [InlineData("ann@ours.test ")]
    [InlineData("@a,@b:ann@ours.test")]
    [InlineData("a b@ours.test")]
    [InlineData("\"a b\"@ours.test")]
    [InlineData("a%b@ours.test")]
    [InlineData("../a@ours.test")]
    [InlineData("*@ours.test")]
    [InlineData("ann\r\n@ours.test")]
    [InlineData(null)]
    public async Task What_is_no_address_of_ours_is_refused(string? address)
    {
        using var bench = await DirectoryBench.With("ann");
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Accounts.AddAsync(address, null, 0, 0, Cancel));
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Aliases.AddAsync(address, ["ann@ours.test"], Cancel));
    }

    [Fact]
    public async Task An_address_is_one_thing_alone()
    {
        using var bench = await DirectoryBench.With("ann");
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Accounts.AddAsync("\uD800@ours.test", null, 0, 0, Cancel));
        await bench.Admin.Aliases.AddAsync("info@ours.test", ["ann@ours.test"], Cancel);
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Accounts.AddAsync("Info@ours.test", null, 0, 0, Cancel));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Aliases.AddAsync("ANN@ours.test", ["x@else.test"], Cancel));
        await DirectoryBench.Refused(DirectoryError.Conflict, () => bench.Admin.Domains.AddAsync("OURS.test", null, Cancel));
        await DirectoryBench.Refused(DirectoryError.NotFound, () => bench.Admin.Accounts.AddAsync("ann@else.test", null, 0, 0, Cancel));
        await DirectoryBench.Refused(DirectoryError.Invalid, () => bench.Admin.Aliases.AddAsync("new@ours.test", ["nobody@ours.test"], Cancel));
    }

    [Fact]
    public async Task A_list_is_given_in_parts()
    {
        using var bench = await DirectoryBench.With([.. Enumerable.Range(0, 7).Select(i => $"u{i}")]);
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await bench.Admin.Accounts.ListAsync("ours.test", after, 3, Cancel);
            Assert.Equal(7, page.Total);
            seen.AddRange(page.Entries.Select(a => a.Address));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"u{i}@ours.test"), seen);
        Assert.Equal(0, (await bench.Admin.Accounts.ListAsync("else.test", null, 3, Cancel)).Total);
    }

    [Fact]
    public async Task Changes_at_the_same_time_all_hold()
    {
        using var bench = await DirectoryBench.With();
        using var other = bench.Open();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? bench.Directory : other).Admin.Accounts.AddAsync($"u{i}@ours.test", null, 0, 0, Cancel)));
        var all = await bench.Admin.Accounts.ListAsync(null, null, 100, Cancel);
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), all.Entries.Select(a => a.Id).Order());
    }
}

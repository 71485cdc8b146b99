using Mta.Accounts;
using Mta.Protocol.Addresses;

namespace Mta.Tests.Accounts;

/// <summary>Who may send under which address.</summary>
public sealed class SenderRightTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<bool> May(DirectoryBench bench, string who, string address) =>
        await bench.Directory.MaySendAsAsync(await bench.Account(who), DirectoryBench.Mail(address), Cancel);

    [Theory]
    [InlineData("ann@ours.test", true)]
    [InlineData("ANN@Ours.test", true)]
    [InlineData("ann+shop@ours.test", true)]
    [InlineData("info@ours.test", true)]
    [InlineData("info+x@ours.test", true)]
    [InlineData("outer@ours.test", true)]
    [InlineData("bob@ours.test", false)]
    [InlineData("nobody@ours.test", false)]
    [InlineData("ann@else.test", false)]
    [InlineData("granted@else.test", true)]
    [InlineData("Granted+x@else.test", true)]
    [InlineData("anyone@whole.test", true)]
    [InlineData("anyone@sub.whole.test", false)]
    [InlineData("bobs@ours.test", false)]
    public async Task An_account_sends_as_what_leads_to_it_and_as_what_it_was_granted(string address, bool may)
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Aliases.AddAsync("info@ours.test", ["ann@ours.test", "bob@ours.test"], Cancel);
        await bench.Admin.Aliases.AddAsync("outer@ours.test", ["info@ours.test", "x@else.test"], Cancel);
        await bench.Admin.Aliases.AddAsync("bobs@ours.test", ["bob@ours.test"], Cancel);
        await bench.Admin.SenderRights.GrantAsync("ann@ours.test", "granted@else.test", Cancel);
        await bench.Admin.SenderRights.GrantAsync("ann@ours.test", "*@Whole.test", Cancel);
        Assert.Equal(may, await May(bench, "ann", address));
        // and once more, from memory
        Assert.Equal(may, await May(bench, "ann", address));
    }

    [Fact]
    public async Task What_is_taken_back_no_longer_holds()
    {
        using var bench = await DirectoryBench.With("ann");
        await bench.Admin.SenderRights.GrantAsync("ann@ours.test", "x@else.test", Cancel);
        await bench.Admin.SenderRights.GrantAsync("ann@ours.test", "x@else.test", Cancel);
        Assert.True(await May(bench, "ann", "x@else.test"));
        await bench.Admin.SenderRights.RevokeAsync("ann@ours.test", "X@else.test", Cancel);
        Assert.False(await May(bench, "ann", "x@else.test"));
        await DirectoryBench.Refused(DirectoryError.NotFound, () => bench.Admin.SenderRights.RevokeAsync("ann@ours.test", "x@else.test", Cancel));
    }

    [Fact]
    public async Task A_catch_all_lets_its_owner_send_as_who_does_not_exist_and_not_as_who_does()
    {
        using var bench = await DirectoryBench.With("ann", "bob");
        await bench.Admin.Domains.SetCatchAllAsync("ours.test", "ann@ours.test", Cancel);
        Assert.True(await May(bench, "ann", "shop-17@ours.test"));
        Assert.False(await May(bench, "ann", "bob@ours.test"));
        Assert.False(await May(bench, "bob", "shop-17@ours.test"));
    }

    [Fact]
    public async Task The_null_path_is_for_receipts_and_a_removed_account_has_no_rights_nor_has_its_successor_them()
    {
        using var bench = await DirectoryBench.With("ann");
        var old = await bench.Account("ann");
        Assert.True(await bench.Directory.MaySendAsAsync(old, MailPath.Null, Cancel));
        await bench.Admin.SenderRights.GrantAsync("ann@ours.test", "x@else.test", Cancel);
        await bench.Admin.Accounts.RemoveAsync("ann@ours.test", Cancel);
        Assert.False(await bench.Directory.MaySendAsAsync(old, DirectoryBench.Mail("x@else.test"), Cancel));
        await bench.Admin.Accounts.AddAsync("ann@ours.test", null, 0, 0, Cancel);
        Assert.NotEqual(old.Id, (await bench.Account("ann")).Id);
        Assert.False(await bench.Directory.MaySendAsAsync(old, DirectoryBench.Mail("ann+x@ours.test"), Cancel));
        Assert.False(await May(bench, "ann", "x@else.test"));
    }
}

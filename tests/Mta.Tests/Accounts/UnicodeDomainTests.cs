using Mta.Accounts;
using Mta.Protocol.Addresses;

namespace Mta.Tests.Accounts;

/// <summary>A domain is one and the same, however its letters were typed (RFC 5895 §2).</summary>
public sealed class UnicodeDomainTests
{
    private const string Composed = "b\u00FCcher.test", Decomposed = "bu\u0308cher.test", Ascii = "xn--bcher-kva.test";

    [Theory]
    [InlineData(Composed)]
    [InlineData(Decomposed)]
    [InlineData("B\u00DCCHER.TEST")]
    [InlineData("BU\u0308CHER.test")]
    [InlineData("XN--BCHER-KVA.test")]
    public async Task Mail_finds_its_domain_whatever_the_form(string typed)
    {
        Assert.Equal(Ascii, DomainName.Normalize(typed));
        using var bench = new DirectoryBench();
        await bench.Admin.Domains.AddAsync(Composed, null, TestContext.Current.CancellationToken);
        await bench.Admin.Accounts.AddAsync($"ann@{Decomposed}", null, 0, 0, TestContext.Current.CancellationToken);
        Assert.True(bench.Directory.IsLocal(DomainName.Normalize(typed)!));
        Assert.IsType<Resolution.Deliverable>(await bench.Resolve($"ann@{typed}"));
        byte[] path = System.Text.Encoding.UTF8.GetBytes($"<ann@{typed}>");
        Assert.Equal(AddressError.None, AddressParser.ParseForwardPath(path, utf8: true, out var parsed, out _));
        Assert.Equal(Ascii, parsed.Domain);
    }

    [Theory]
    [InlineData("\u212B.test", "xn--5ca.test")] // the sign for Angstrom is the letter å
    [InlineData("\uAC00.test", "xn--o39a.test")]
    [InlineData("\u1100\u1161.test", "xn--o39a.test")] // and jamo are its syllable
    [InlineData("\u0300a.test", null)] // a mark on nothing
    public void Forms_that_mean_the_same_are_the_same(string typed, string? expected) => Assert.Equal(expected, DomainName.Normalize(typed));
}

using CsCheck;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Protocol.Tests.Imap;

public class ImapSetTests
{
    private static readonly Gen<ImapSet> Sets =
        Gen.Select(Gen.UInt[0, 12], Gen.UInt[0, 12], (first, last) => new ImapRange(first, last)).Array[1, 6].Select(ranges => new ImapSet(ranges));

    [Theory]
    [InlineData("1", 10, "1")]
    [InlineData("*", 10, "10")]
    [InlineData("5:*", 3, "3")] // RFC 9051 §9: at least the last one
    [InlineData("*:1", 3, "1:3")]
    [InlineData("3,1,2", 10, "1:3")]
    [InlineData("7:5,6:9,1", 10, "1,5:9")]
    [InlineData("11,12:20", 10, "")]
    [InlineData("8:20", 10, "8:10")]
    [InlineData("1:*", 0, "")]
    [InlineData("4294967295,*", 4294967295, "4294967295")]
    [InlineData("1:4294967295", 4294967295, "1:4294967295")]
    public void Normalized(string text, uint largest, string expected) =>
        Assert.Equal(expected, string.Join(',', Parse(text).Normalize(largest).Select(range => new ImapSet([range]).ToString())));

    [Fact]
    public void Largest_and_star()
    {
        Assert.Equal((7u, true), (Parse("7:5,*").Largest, Parse("7:5,*").HasStar));
        Assert.Equal((9u, false), (Parse("1,9").Largest, Parse("1,9").HasStar));
    }

    [Fact]
    public void A_set_that_names_all_numbers_is_not_counted_out() => Assert.Equal(1u, Parse("1:*").Numbers(uint.MaxValue).First());

    [Fact]
    public void Normalized_is_what_is_contained() => Gen.Select(Sets, Gen.UInt[0, 12]).Sample((set, largest) =>
    {
        uint[] expected = [.. Enumerable.Range(1, 14).Select(number => (uint)number).Where(number => set.Contains(number, largest))];
        Assert.Equal(expected, set.Numbers(largest));
        var ranges = set.Normalize(largest);
        for (int i = 0; i < ranges.Count; i++)
            Assert.True(ranges[i].First >= 1 && ranges[i].First <= ranges[i].Last && ranges[i].Last <= largest && (i == 0 || ranges[i].First > ranges[i - 1].Last + 1));
        if (expected.Length > 0) Assert.Equal(ranges, ImapSet.Of(expected).Ranges);
    });

    [Fact]
    public void Written_and_read() => Sets.Sample(set => Assert.Equal(set.Ranges, Parse(set.ToString()).Ranges));

    [Fact]
    public void Of_refuses_what_does_not_ascend()
    {
        Assert.Equal("1:3,5", ImapSet.Of([1, 2, 3, 5]).ToString());
        Assert.Equal("4294967294:4294967295", ImapSet.Of([uint.MaxValue - 1, uint.MaxValue]).ToString());
        Assert.Throws<ArgumentException>(() => ImapSet.Of([]));
        Assert.Throws<ArgumentException>(() => ImapSet.Of([0]));
        Assert.Throws<ArgumentException>(() => ImapSet.Of([2, 2]));
    }

    private static ImapSet Parse(string text)
    {
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Selected);
        peer.Send($"a FETCH {text} UID\r\n");
        return ((FetchCommand)peer.Commands.Single()).Set;
    }
}

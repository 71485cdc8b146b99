using System.Text;
using CsCheck;
using Mta.Protocol.Imap;

namespace Mta.Protocol.Tests.Imap;

public class ModifiedUtf7Tests
{
    // names of mailboxes: much that stands for itself, "&" and "-", the rest of Unicode
    private static readonly Gen<string> Names = Gen.OneOf(
        Gen.Char[' ', '~'].Select(c => c.ToString()), Gen.OneOf<string>(["&", "-", "&-", "\0", "\t", "é", "漢字", "\uFFFF"]),
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(char.ConvertFromUtf32)).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("INBOX", "INBOX")]
    [InlineData("", "")]
    [InlineData("&-", "&")]
    [InlineData("Q&-A", "Q&A")]
    [InlineData("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語")]
    [InlineData("Entw&APw-rfe", "Entwürfe")]
    [InlineData("&2D3eAA-", "😀")]
    [InlineData("&AAAACQ-", "\0\t")]
    public void Known(string encoded, string name)
    {
        Assert.Equal(name, ModifiedUtf7.Decode(Encoding.ASCII.GetBytes(encoded)));
        Assert.Equal(encoded, ModifiedUtf7.Encode(name));
    }

    [Theory]
    [InlineData("&")]
    [InlineData("a&b")]
    [InlineData("&AGE-")] // "a" stands for itself
    [InlineData("&ACY-")] // and "&" is "&-"
    [InlineData("&APx-")] // bits that stand for nothing
    [InlineData("&APwA-")] // a digit that stands for nothing
    [InlineData("&AP-")] // half a character
    [InlineData("&AP w-")]
    [InlineData("&AP/w-")] // "/" of base 64 is "," here
    [InlineData("&APw=-")]
    [InlineData("&APw-&APw-")] // no reason to shift back
    [InlineData("&2D0-")] // half a surrogate pair
    [InlineData("&3gA-")]
    [InlineData("&3gDYPQ-")] // the wrong way round
    [InlineData("a\tb")]
    [InlineData("a\x7F")]
    public void What_is_not_canonical_is_refused(string encoded) => Assert.Null(ModifiedUtf7.Decode(Encoding.ASCII.GetBytes(encoded)));

    [Fact]
    public void Octets_beyond_US_ASCII_are_refused() => Assert.Null(ModifiedUtf7.Decode("é"u8));

    [Fact]
    public void Half_a_surrogate_pair_is_no_name() => Assert.Throws<ArgumentException>(() => ModifiedUtf7.Encode("a\uD83D"));

    [Fact]
    public void Every_name_comes_back() => Names.Sample(name =>
    {
        string encoded = ModifiedUtf7.Encode(name);
        Assert.DoesNotContain(encoded, c => c is < ' ' or > '~');
        Assert.Equal(name, ModifiedUtf7.Decode(Encoding.ASCII.GetBytes(encoded)));
    });

    [Fact]
    public void Each_name_has_one_spelling() => Gen.OneOf(Names.Select(ModifiedUtf7.Encode), Gen.OneOf<string>(["&", "-", "&-", "AGE", "APw", "&APw-", "&APx-", "2D3eAA", "/", ",", "="])).Array[0, 4]
        .Select(string.Concat).Sample(encoded =>
        {
            if (ModifiedUtf7.Decode(Encoding.ASCII.GetBytes(encoded)) is { } name) Assert.Equal(encoded, ModifiedUtf7.Encode(name));
        });
}

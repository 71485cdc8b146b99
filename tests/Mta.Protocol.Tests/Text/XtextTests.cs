using System.Text;
using CsCheck;
using Mta.Protocol.Text;

namespace Mta.Protocol.Tests.Text;

public class XtextTests
{
    [Fact]
    public void Decodes_what_it_encoded() => Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(text =>
    {
        string encoded = Xtext.Encode(text);
        return Xtext.IsValid(Encoding.ASCII.GetBytes(encoded)) && Xtext.Decode(encoded) == text;
    });

    [Theory]
    [InlineData("a+2Bb", "a+b")]
    [InlineData("+C3+A9", "é")]
    [InlineData("", "")]
    public void Decodes(string xtext, string text) => Assert.Equal(text, Xtext.Decode(xtext));

    [Theory]
    [InlineData("a+")]
    [InlineData("a+2")]
    [InlineData("a+2b")]
    [InlineData("a=b")]
    [InlineData("a b")]
    [InlineData("é")]
    [InlineData("a\u0001")]
    public void Refuses(string xtext)
    {
        Assert.Null(Xtext.Decode(xtext));
        Assert.False(Xtext.IsValid(Encoding.UTF8.GetBytes(xtext)));
    }

    [Theory]
    [InlineData("a@b.example", false, true)]
    [InlineData("\\x{E9}@b.example", false, true)]
    [InlineData("\\x{10FFFF}@b.example", false, true)]
    [InlineData("é@b.example", true, true)]
    [InlineData("é@b.example", false, false)]
    [InlineData("\\x{110000}@b.example", true, false)]
    [InlineData("\\x{D800}@b.example", true, false)]
    [InlineData("\\x{0A}@b.example", true, false)]
    [InlineData("\\x{e9}@b.example", true, false)]
    [InlineData("\\x{E9@b.example", true, false)]
    [InlineData("\\y{E9}@b.example", true, false)]
    [InlineData("a+b@b.example", true, false)]
    [InlineData("a b@b.example", true, false)]
    public void Checks_utf8_addresses(string address, bool utf8, bool valid) =>
        Assert.Equal(valid, Xtext.IsValidUtf8Address(Encoding.UTF8.GetBytes(address), utf8));
}

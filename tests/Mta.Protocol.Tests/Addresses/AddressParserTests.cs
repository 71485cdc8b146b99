using System.Text;
using CsCheck;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp.Client;

namespace Mta.Protocol.Tests.Addresses;

public class AddressParserTests
{
    private static readonly string Label63 = new('a', 63);
    private static readonly string Longest = $"{new string('l', 64)}@{Label63}.{Label63}.{new string('b', 61)}"; // 254 octets

    [Theory]
    [InlineData("<a@b.example>", "a@b.example", "b.example")]
    [InlineData("<A.b+c=d@B.Example>", "A.b+c=d@B.Example", "b.example")]
    [InlineData("<!#$%&'*+-/=?^_`{|}~@b.example>", "!#$%&'*+-/=?^_`{|}~@b.example", "b.example")]
    [InlineData("<a@localhost>", "a@localhost", "localhost")]
    [InlineData("<a@x--1.1a.example>", "a@x--1.1a.example", "x--1.1a.example")]
    // quoted strings, unquoted where they mean the same
    [InlineData("<\"a.b\"@b.example>", "a.b@b.example", "b.example")]
    [InlineData("<\"\\a\\.b\"@b.example>", "a.b@b.example", "b.example")]
    [InlineData("<\"a b\"@b.example>", "\"a b\"@b.example", "b.example")]
    [InlineData("<\"a@b\"@b.example>", "\"a@b\"@b.example", "b.example")]
    [InlineData("<\"a>b\"@b.example>", "\"a>b\"@b.example", "b.example")]
    [InlineData("<\"a\\\"\\\\\"@b.example>", "\"a\\\"\\\\\"@b.example", "b.example")]
    [InlineData("<\"a..b\"@b.example>", "\"a..b\"@b.example", "b.example")]
    [InlineData("<\"\"@b.example>", "\"\"@b.example", "b.example")]
    // source routes are dropped
    [InlineData("<@one.example:a@b.example>", "a@b.example", "b.example")]
    [InlineData("<@one.example,@[192.0.2.1]:a@b.example>", "a@b.example", "b.example")]
    // address literals
    [InlineData("<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("<a@[IPv6:2001:DB8:0::1]>", "a@[IPv6:2001:DB8:0::1]", "[ipv6:2001:db8::1]")]
    // RFC 6531
    [InlineData("<é@bücher.example>", "é@bücher.example", "xn--bcher-kva.example")]
    [InlineData("<\"é è\"@BÜCHER.example>", "\"é è\"@BÜCHER.example", "xn--bcher-kva.example")]
    public void Reads(string input, string address, string domain)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(input + " SIZE=1");
        Assert.Equal(AddressError.None, AddressParser.ParseForwardPath(bytes, utf8: true, out var path, out int length));
        Assert.Equal((new MailPath(address, domain), bytes.Length - 7), (path, length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@b.example")]
    [InlineData("<>")]
    [InlineData("<a@b.example")]
    [InlineData("< a@b.example>")]
    [InlineData("<a b@c.example>")]
    [InlineData("<@b.example>")]
    [InlineData("<a@>")]
    [InlineData("<.a@b.example>")]
    [InlineData("<a.@b.example>")]
    [InlineData("<a..b@b.example>")]
    [InlineData("<a(comment)@b.example>")]
    [InlineData("<a,b@b.example>")]
    [InlineData("<<a@b.example>>")]
    [InlineData("<\"a@b.example>")]
    [InlineData("<\"a\"b@b.example>")]
    [InlineData("<\"a\u0001\"@b.example>")]
    [InlineData("<\"a\r\nb\"@b.example>")]
    [InlineData("<\"a\\\u00e9\"@b.example>")]
    [InlineData("<a\0b@b.example>")]
    [InlineData("<a\u007f@b.example>")]
    [InlineData("<a\u0085@b.example>")]
    [InlineData("<a@b\nc.example>")]
    [InlineData("<@one.example a@b.example>")]
    [InlineData("<@:a@b.example>")]
    [InlineData("<@one.example,:a@b.example>")]
    public void Refuses(string input) => Assert.Equal(AddressError.Syntax, Parse(input, utf8: true));

    [Theory]
    [InlineData("<a@b..example>")]
    [InlineData("<a@b@c.example>")]
    [InlineData("<a@b.example >")]
    [InlineData("<a@.example>")]
    [InlineData("<a@b.example.>")]
    [InlineData("<a@-b.example>")]
    [InlineData("<a@b-.example>")]
    [InlineData("<a@b_c.example>")]
    [InlineData("<a@b c.example>")]
    [InlineData("<a@127.0.0.1>")]
    [InlineData("<a@[127.1]>")]
    [InlineData("<a@[0x7f.0.0.1]>")]
    [InlineData("<a@[127.0.0.01]>")]
    [InlineData("<a@[2001:db8::1]>")]
    [InlineData("<a@[IPv6:192.0.2.1]>")]
    [InlineData("<a@[IPv6:fe80::1%eth0]>")]
    [InlineData("<a@[tag:content]>")]
    [InlineData("<a@[192.0.2.1>")]
    [InlineData("<a@\u200d.example>")]
    public void Refuses_the_domain(string input) => Assert.Equal(AddressError.Domain, Parse(input, utf8: true));

    [Fact]
    public void Keeps_the_limits()
    {
        Assert.Equal(254, Longest.Length);
        Assert.Equal(AddressError.None, Parse($"<{Longest}>", utf8: false));
        Assert.Equal(AddressError.TooLong, Parse($"<{Longest}b>", utf8: false));
        Assert.Equal(AddressError.None, Parse($"<{new string('l', 64)}@b.example>", utf8: false));
        Assert.Equal(AddressError.TooLong, Parse($"<{new string('l', 65)}@b.example>", utf8: false));
        Assert.Equal(AddressError.TooLong, Parse($"<\"{new string('l', 63)} \"@b.example>", utf8: false));
        Assert.Equal(AddressError.TooLong, Parse($"<\"{new string('l', 100)}\"@b.example>", utf8: false));
        Assert.Equal(AddressError.Domain, Parse($"<a@{Label63}a.example>", utf8: false));
        Assert.Equal(AddressError.Syntax, Parse("<é@b.example>", utf8: false));
        Assert.Equal(AddressError.Syntax, Parse("<a@bücher.example>", utf8: false));
    }

    [Fact]
    public void Knows_the_null_path_and_the_postmaster()
    {
        Assert.Equal(AddressError.None, AddressParser.ParseReversePath("<> BODY=7BIT"u8, false, out var path, out int length));
        Assert.Equal((MailPath.Null, 2), (path, length));
        Assert.Equal(AddressError.None, AddressParser.ParseForwardPath("<PostMaster>"u8, false, out path, out length));
        Assert.Equal((new MailPath("postmaster", ""), 12), (path, length));
        Assert.Equal(AddressError.Syntax, AddressParser.ParseReversePath("<postmaster>"u8, false, out _, out _));
    }

    /// <summary>What was read once is read again as the same, and nothing that was read holds a control character.</summary>
    [Fact]
    public void Any_octets_are_read_to_a_fixed_point_or_refused() =>
        Gen.OneOf(Gen.OneOf("<>@\"\\.:[]a1".ToCharArray()).Select(c => (byte)c), Gen.Byte)
            .Array[0, 40].Sample(octets =>
            {
                byte[] input = [.. "<a"u8, .. octets, .. "@a.example>"u8];
                if (AddressParser.ParseReversePath(input, true, out var path, out _) != AddressError.None) return true;
                return !path.Address.Any(char.IsControl)
                    && AddressParser.ParseReversePath(Encoding.UTF8.GetBytes($"<{path.Address}>"), true, out var again, out _) == AddressError.None
                    && again == path
                    && SmtpPath.TryCreate(path.Address, allowUtf8: true, out _); // what we take we can pass on
            }, iter: 20_000);

    private static AddressError Parse(string input, bool utf8) => AddressParser.ParseForwardPath(Encoding.UTF8.GetBytes(input), utf8, out _, out _);
}

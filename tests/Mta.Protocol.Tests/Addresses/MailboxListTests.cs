using System.Diagnostics;
using CsCheck;
using Mta.Protocol.Addresses;

namespace Mta.Protocol.Tests.Addresses;

public class MailboxListTests
{
    [Theory]
    [InlineData("a@b.example", "a@b.example")]
    [InlineData(" Ann <a@b.example> ", "a@b.example")]
    [InlineData("\"Ann, the @ <b@c.example>\" <a@b.example>", "a@b.example")]
    [InlineData("Ann\r\n Other\r\n\t<a@b.example>", "a@b.example")]
    [InlineData("(a (nested \\) comment)) a @ b.example (behind)", "a@b.example")]
    [InlineData("<a@b.example>, Bob B. <b@b.example> ,, c@c.example", "a@b.example b@b.example c@c.example")]
    [InlineData("=?utf-8?q?J=C3=B6rg?= <j@b.example>", "j@b.example")]
    [InlineData("Jörg <jörg@bücher.example>", "jörg@bücher.example")]
    [InlineData("\"quoted local\"@b.example", "\"quoted local\"@b.example")]
    [InlineData("a@[192.0.2.1]", "a@[192.0.2.1]")]
    [InlineData("the team: a@b.example, b@b.example; , c@b.example", "a@b.example b@b.example c@b.example")]
    [InlineData("nobody:;", "")]
    [InlineData("", "")]
    public void Addresses_are_found(string value, string addresses)
    {
        Assert.True(MailboxList.TryParse(value, 10, out var found), value);
        Assert.Equal(addresses, string.Join(' ', found.Select(m => m.Address)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a@")]
    [InlineData("a b@c.example")]
    [InlineData("a@b.example c@d.example")]
    [InlineData("a@b.example <c@d.example>")]
    [InlineData("<a@b.example> <c@d.example>")]
    [InlineData("<a@b.example")]
    [InlineData("<a@b.example>x")]
    [InlineData("<<a@b.example>>")]
    [InlineData("<@route.example:a@b.example>")]
    [InlineData("<>")]
    [InlineData("\"Ann <a@b.example>")]
    [InlineData("(Ann <a@b.example>")]
    [InlineData("Ann) <a@b.example>")]
    [InlineData("team: a@b.example")]
    [InlineData("team: x: a@b.example;;")]
    [InlineData("a@b.example;")]
    [InlineData("a@b..example")]
    [InlineData("a@b@c.example")]
    [InlineData("a.@b.example")]
    [InlineData("a\\@b.example")]
    [InlineData("a@[192.0.2.1")]
    public void What_could_be_read_in_two_ways_is_not_read(string value) => Assert.False(MailboxList.TryParse(value, 10, out _), value);

    [Fact]
    public void There_are_not_too_many()
    {
        Assert.True(MailboxList.TryParse("a@b.example,b@b.example", 2, out _));
        Assert.False(MailboxList.TryParse("a@b.example,b@b.example", 1, out _));
    }

    [Fact]
    public void Any_text_is_read_in_no_time() =>
        Gen.String[Gen.OneOf(Gen.OneOf('<', '>', '@', ',', '"', '(', ')', ':', ';', '\\', ' ', 'a', '.', '[', ']'), Gen.Char), 0, 60].Sample(value =>
        {
            if (MailboxList.TryParse(value, 5, out var found)) Assert.All(found, m => Assert.Contains('@', m.Address));
            Assert.InRange(found.Count, 0, 5);
        });

    [Theory]
    [InlineData("(")]
    [InlineData("\"")]
    [InlineData("<")]
    [InlineData(",")]
    [InlineData("a ")]
    [InlineData("()")]
    [InlineData("\"\" ")]
    public void Long_ones_too(string part)
    {
        string value = string.Concat(Enumerable.Repeat(part, 200_000 / part.Length));
        var watch = Stopwatch.StartNew();
        MailboxList.TryParse(value, 5, out _);
        // linear: milliseconds; quadratic: minutes
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }
}

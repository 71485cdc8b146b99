using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Address lists as ENVELOPE shows them (RFC 5322 §3.4 and §4.4): name, route, mailbox and host.</summary>
public class AddressListTests
{
    [Theory]
    [InlineData("a@b.example", "- - a b.example")]
    [InlineData("<a@b.example>", "- - a b.example")]
    [InlineData("Ann Example <a@b.example>", "Ann_Example - a b.example")]
    [InlineData("\"Ann\" <a@b.example>", "Ann - a b.example")]
    [InlineData("\"Ann, \\\"the\\\"\" X <a@b.example>", "Ann,_\"the\"_X - a b.example")]
    [InlineData("\"\" <a@b.example>", "- - a b.example")]
    [InlineData("Ann<a@b.example>", "Ann - a b.example")]
    [InlineData("Ann(c)Example<a@b.example>", "Ann_Example - a b.example")]
    [InlineData("John Q. Public <a@b.example>", "John_Q._Public - a b.example")]
    [InlineData("a@b.example (Ann)", "Ann - a b.example")]
    [InlineData("(first) a@b.example (Ann (the) \\) one)", "Ann_(the)_)_one - a b.example")]
    [InlineData("a(x).(y)b@(z)c.(w)d", "w - a.b c.d")]
    [InlineData("a . b @ c . d", "- - a.b c.d")]
    [InlineData("\"a b\"@c.example", "- - a_b c.example")]
    [InlineData("a.\"b\".c@d.example", "- - a.b.c d.example")]
    [InlineData("words before a@b.example", "- - a b.example")]
    [InlineData("a@b.example words behind, c@d.example", "- - a b.example|- - c d.example")]
    [InlineData("<@x,@y:a@b.example>", "- @x,@y a b.example")]
    [InlineData("a@[192.0.2.1]", "- - a [192.0.2.1]")]
    [InlineData("a@[192.0.2.1", "- - a [192.0.2.1")]
    [InlineData("a", "- - a MISSING_DOMAIN")]
    [InlineData("a@", "- - a MISSING_DOMAIN")]
    [InlineData("@b", "- - MISSING_MAILBOX b")]
    [InlineData("two words", "two_words - MISSING_MAILBOX MISSING_DOMAIN")]
    [InlineData("Ann <a>", "Ann - a MISSING_DOMAIN")]
    [InlineData("Ann <>", "Ann - MISSING_MAILBOX MISSING_DOMAIN")]
    [InlineData("Ann <a@b.example", "Ann - a b.example")]
    [InlineData("Ann <a@b.example>>, c@d", "Ann - a b.example|- - c d")]
    [InlineData("a@b,c@d", "- - a b|- - c d")]
    [InlineData(" ,, a@b ,, c@d ,", "- - a b|- - c d")]
    [InlineData("g:;", "- - g -|- - - -")]
    [InlineData("The Group: a@b, Ann <c@d>;, e@f", "- - The_Group -|- - a b|Ann - c d|- - - -|- - e f")]
    [InlineData("g: a@b; h: c@d;", "- - g -|- - a b|- - - -|- - h -|- - c d|- - - -")]
    [InlineData("g: a@b", "- - g -|- - a b|- - - -")]
    [InlineData("g: h: a@b;", "- - g -|- - h MISSING_DOMAIN|- - - -")]
    [InlineData("a@b; c@d", "- - a b")]
    [InlineData("(never closed a@b", "")]
    [InlineData("\"never closed a@b", "never_closed_a@b - MISSING_MAILBOX MISSING_DOMAIN")]
    [InlineData("a@b \"never, closed", "- - a b")]
    [InlineData("\\", "- - MISSING_MAILBOX MISSING_DOMAIN")]
    [InlineData("\"a\\", "- - a\\ MISSING_DOMAIN")]
    [InlineData("", "")]
    [InlineData("Jörg <jörg@bücher.example>", "Jörg - jörg bücher.example")]
    public void A_list(string value, string expected)
    {
        var index = MimeScanner.Scan(Encoding.UTF8.GetBytes($"To: {value}\r\n\r\n"));
        Assert.Equal(expected, string.Join('|', index.Envelope.To.Select(Show)));
    }

    [Fact]
    public void Fields_of_one_name_are_one_list() =>
        Assert.Equal(["a", "b", "c"], MimeScanner.Scan("To: a@x, b@x\r\nSubject: y\r\nTO: c@x\r\n\r\n"u8).Envelope.To.Select(a => a.Mailbox.ToString()));

    private static string Show(MimeAddress address) =>
        string.Join(' ', new[] { address.Name, address.Route, address.Mailbox, address.Host }.Select(t => t.IsNil ? "-" : t.ToString().Replace(' ', '_')));
}

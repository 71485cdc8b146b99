using System.Globalization;
using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>What messages are sorted and threaded by (RFC 5256, RFC 5957).</summary>
public class KeyTests
{
    [Theory]
    [InlineData("hello", "hello", false)]
    [InlineData("Re: hello", "hello", true)]
    [InlineData("RE : hello", "hello", true)]
    [InlineData("Fwd: hello", "hello", true)]
    [InlineData("FW: Re: hello", "hello", true)]
    [InlineData("Re[2]: hello", "hello", true)]
    [InlineData("re [x] : hello", "hello", true)]
    [InlineData("[list] hello", "hello", false)]
    [InlineData("[list] Re: [list] hello", "hello", true)]
    [InlineData("[a] [b] Re: hello", "hello", true)]
    [InlineData("Re: [a][b] hello", "hello", true)]
    [InlineData("[only]", "[only]", false)]
    [InlineData("[one] [two]", "[two]", false)]
    [InlineData("Re: [only]", "[only]", true)]
    [InlineData("hello (fwd)", "hello", true)]
    [InlineData("hello (fwd)  (FWD) ", "hello", true)]
    [InlineData("[fwd: hello]", "hello", true)]
    [InlineData("Re: [Fwd: Re: hello (fwd)] (fwd)", "hello", true)]
    [InlineData("[fwd: [fwd: a]]", "a", true)]
    [InlineData("Reply: hello", "Reply: hello", false)]
    [InlineData("Ref: hello", "Ref: hello", false)]
    [InlineData("fwdx: a", "fwdx: a", false)]
    [InlineData("Re:", "", true)]
    [InlineData("", "", false)]
    [InlineData("  two   spaces\t\there ", "two spaces here", false)]
    [InlineData("[unclosed Re: a", "[unclosed Re: a", false)]
    [InlineData("=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=", "Grüße", true)]
    [InlineData("Re: =?utf-8?q?Re:_a?=", "a", true)]
    public void The_base_of_a_subject(string subject, string expected, bool isReply)
    {
        var index = Scan($"Subject: {subject}");
        Assert.Equal((expected, isReply), (index.BaseSubject, index.IsReplyOrForward));
    }

    [Theory]
    [InlineData("Mon, 23 Nov 2026 10:00:00 +0100", "2026-11-23T10:00:00+01:00")]
    [InlineData("23 Nov 2026 10:00 -0330", "2026-11-23T10:00:00-03:30")]
    [InlineData("Mon,23 nov 2026 9:05:07 GMT", "2026-11-23T09:05:07+00:00")]
    [InlineData("Mon (day) , 23 (x (y)) Nov 2026 10:00:60 EST (comment)", "2026-11-23T10:00:59-05:00")]
    [InlineData("23 November 26 10:00:00 PDT", "2026-11-23T10:00:00-07:00")]
    [InlineData("1 Jan 70 00:00:00 Z", "1970-01-01T00:00:00+00:00")]
    [InlineData("1 Jan 101 00:00:00 +0000", "2001-01-01T00:00:00+00:00")]
    [InlineData("23 Nov 2026 10:00:00 +9999", "2026-11-23T10:00:00+00:00")] // RFC 5256 §2.2: a bad zone is UTC
    [InlineData("23 Nov 2026 25:00:00 +0100", "2026-11-23T00:00:00+00:00")] // and a bad time midnight
    [InlineData("23 Nov 2026", "2026-11-23T00:00:00+00:00")]
    [InlineData("29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00+00:00")]
    [InlineData("29 Feb 2026 00:00:00 +0000", null)]
    [InlineData("0 Jan 2026 00:00:00 +0000", null)]
    [InlineData("1 Jan 0001 00:00:00 +0100", null)]
    [InlineData("yesterday", null)]
    [InlineData("Mon, 23", null)]
    [InlineData("+1 Jan 2026", null)]
    [InlineData("((((", null)]
    [InlineData("", null)]
    public void A_date(string date, string? expected) =>
        Assert.Equal(expected, Scan($"Date: {date}").SentDate?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("References: <a@x> <b@x>", "a@x b@x")]
    [InlineData("References: <a@x><b@x>\r\n\t<c@x>", "a@x b@x c@x")]
    [InlineData("References: <a@x> junk \"<b@x>\" <c@x", "a@x b@x")]
    [InlineData("In-Reply-To: Your message <a@x> of <b@x>", "a@x")]
    [InlineData("In-Reply-To: <a@x>\r\nReferences: <b@x>", "b@x")]
    [InlineData("In-Reply-To: <a@x>\r\nReferences: none", "a@x")]
    // RFC 5256, REFERENCES: two ways to write one id
    [InlineData("References: <\"01KF8JCEOCBS0045PS\"@xxx.yyy.com> <01KF8JCEOCBS0045PS@xxx.yyy.com>", "01KF8JCEOCBS0045PS@xxx.yyy.com 01KF8JCEOCBS0045PS@xxx.yyy.com")]
    [InlineData("References: <\"a b\"@x>", "\"a b\"@x")]
    [InlineData("References: < a@x >", "a@x")]
    [InlineData("References: <> < <a@x>", "a@x")]
    [InlineData("References: <\"", "")]
    public void What_it_refers_to(string fields, string ids) => Assert.Equal(ids, string.Join(' ', Scan(fields).References));

    [Fact]
    public void Of_many_references_the_first_and_the_last_are_kept()
    {
        var index = Scan("References: " + string.Join("\r\n ", Enumerable.Range(0, 7777).Select(i => $"<{i}@x>")));
        Assert.Equal(MimeLimits.References, index.References.Count);
        Assert.Equal(("0@x", "6778@x", "7776@x"), (index.References[0], index.References[1], index.References[^1]));
    }

    [Theory]
    [InlineData("From: Ann <ann@example.com>", "ann", "Ann")]
    [InlineData("From: ann@example.com", "ann", "ann@example.com")]
    [InlineData("From: =?utf-8?q?J=C3=B6rg?= <j@b.example>, other@b.example", "j", "Jörg")]
    [InlineData("From: The Team: a@b.example;", "The Team", "The Team")]
    [InlineData("Subject: x", "", "")]
    public void Whom_it_is_from(string field, string mailbox, string display)
    {
        var index = Scan(field);
        Assert.Equal((mailbox, display), (index.SortFrom, index.DisplayFrom));
    }

    [Fact]
    public void Keys_are_not_too_long()
    {
        var index = Scan("Subject: " + string.Concat(Enumerable.Repeat("🙂", 5000)));
        Assert.InRange(index.BaseSubject.Length, MimeLimits.Key - 1, MimeLimits.Key);
        Assert.False(char.IsHighSurrogate(index.BaseSubject[^1]));
    }

    private static MessageIndex Scan(string header) => MimeScanner.Scan(Encoding.UTF8.GetBytes(header + "\r\n\r\n"));
}

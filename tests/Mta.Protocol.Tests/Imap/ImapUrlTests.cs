using CsCheck;
using Mta.Protocol.Imap;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Imap;

/// <summary>The IMAP URLs of CATENATE (RFC 5092, RFC 4469 §3).</summary>
public sealed class ImapUrlTests
{
    [Theory]
    [InlineData("/Drafts;UIDVALIDITY=385759045/;UID=20", "Drafts 385759045 20")]
    [InlineData("/Drafts/;UID=4294967295", "Drafts - 4294967295")]
    [InlineData("/Drafts/2026/;uid=1", "Drafts/2026 - 1")]
    [InlineData("/a%2Fb%20c%25/;UID=1", "a/b c% - 1")]
    [InlineData("/%C3%84pfel/;UID=1", "Äpfel - 1")]
    [InlineData("/a:b@c&d=e/;UID=1", "a:b@c&d=e - 1")]
    [InlineData(";UID=20", "Work/Now - 20")]
    [InlineData("Later/;UID=20", "Work/Later - 20")]
    [InlineData("Later/More;UIDVALIDITY=3/;UID=20", "Work/Later/More 3 20")]
    [InlineData("../INBOX/;UID=20", "INBOX - 20")]
    [InlineData("./x/../y/;UID=20", "Work/y - 20")]
    [InlineData("/../../x/;UID=20", "x - 20")]
    public void A_message_is_found(string text, string expected)
    {
        Assert.True(ImapUrl.TryParse(text, "Work/Now", out var url));
        Assert.Equal(expected, $"{url.Mailbox} {url.UidValidity?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {url.Uid}");
        Assert.Equal((SectionPath.Whole, 0, long.MaxValue), (url.Section, url.Offset, url.Count));
    }

    [Theory]
    [InlineData("x/;UID=1", "x")]
    [InlineData("/x/;UID=1", "x")]
    [InlineData(";UID=1", null)]
    public void Without_a_selected_mailbox_names_are_from_the_top(string text, string? mailbox)
    {
        Assert.Equal(mailbox is not null, ImapUrl.TryParse(text, null, out var url));
        Assert.Equal(mailbox, url?.Mailbox);
    }

    [Theory]
    [InlineData("/;section=HEADER", SectionKind.Header, "", 0, long.MaxValue)]
    [InlineData("/;SECTION=1.2.MIME", SectionKind.Mime, "1.2", 0, long.MaxValue)]
    [InlineData("/;SECTION=2", SectionKind.All, "2", 0, long.MaxValue)]
    [InlineData("/;SECTION=TEXT/;PARTIAL=10.20", SectionKind.Text, "", 10, 20)]
    [InlineData("/;PARTIAL=7", SectionKind.All, "", 7, long.MaxValue)]
    [InlineData("/;PARTIAL=0.1", SectionKind.All, "", 0, 1)]
    [InlineData("/;SECTION=HEADER.FIELDS%20(Subject%20From)", SectionKind.HeaderFields, "", 0, long.MaxValue)]
    public void So_is_a_part_of_it(string end, SectionKind kind, string numbers, long offset, long count)
    {
        Assert.True(ImapUrl.TryParse("/x/;UID=1" + end, null, out var url));
        Assert.Equal((kind, numbers, offset, count), (url.Section.Kind, string.Join('.', url.Section.Numbers), url.Offset, url.Count));
        if (kind == SectionKind.HeaderFields) Assert.Equal(["Subject", "From"], url.Section.Fields);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/x")]
    [InlineData("/x/")]
    [InlineData("/x/;UID=")]
    [InlineData("/x/;UID=0")]
    [InlineData("/x/;UID=01")]
    [InlineData("/x/;UID=4294967296")]
    [InlineData("/x/;UID=1/")]
    [InlineData("/x/;UID=1x")]
    [InlineData("/x/;UID=1;URLAUTH=anonymous")]
    [InlineData("/x/;UID=1?ALL")]
    [InlineData("/x;UID=1")]
    [InlineData("/;UID=1")]
    [InlineData(";UIDVALIDITY=1/;UID=1")]
    [InlineData("/x;UIDVALIDITY=0/;UID=1")]
    [InlineData("/x;UIDVALIDITY=1;UID=1")]
    [InlineData("/x;UIDVALIDITY=1")]
    [InlineData("/x?UID 1")]
    [InlineData("/x y/;UID=1")]
    [InlineData("/x%/;UID=1")]
    [InlineData("/x%4/;UID=1")]
    [InlineData("/x%zz/;UID=1")]
    [InlineData("/%C3/;UID=1")]
    [InlineData("/ä/;UID=1")]
    [InlineData("/x/;UID=1/;SECTION=")]
    [InlineData("/x/;UID=1/;SECTION=FOO")]
    [InlineData("/x/;UID=1/;SECTION=1.")]
    [InlineData("/x/;UID=1/;SECTION=HEADER.FIELDS")]
    [InlineData("/x/;UID=1/;SECTION=TEXT/;PARTIAL=")]
    [InlineData("/x/;UID=1/;PARTIAL=1.0")]
    [InlineData("/x/;UID=1/;PARTIAL=1/;SECTION=TEXT")]
    [InlineData("imap://mail.example/x/;UID=1")]
    [InlineData("imap:/x/;UID=1")]
    [InlineData("//mail.example/x/;UID=1")]
    [InlineData("http://mail.example/")]
    public void Nothing_else_is(string text) => Assert.False(ImapUrl.TryParse(text, "Work", out _));

    /// <summary>Whatever is put together is a URL of a message or none, and what it names is the same wherever it was said from.</summary>
    [Fact]
    public void No_text_is_too_strange()
    {
        string[] words = ["/", ";UID=", ";UIDVALIDITY=", "/;SECTION=", "/;PARTIAL=", "1", "0", "9", ".", "..", "%41", "%C3%A4", "%", "x", "HEADER", "TEXT", ":", "?", "#", " ", "(", "\0", "ä", "imap:", "//"];
        Gen.Int[0, words.Length - 1].Array[0, 12].Sample(parts =>
        {
            string text = string.Concat(parts.Select(i => words[i]));
            if (!ImapUrl.TryParse(text, "a/b", out var url)) return;
            Assert.NotEqual("", url.Mailbox);
            Assert.NotEqual(0u, url.Uid);
            if (text.StartsWith('/')) Assert.Equal(url.Mailbox, ImapUrl.TryParse(text, null, out var top) ? top.Mailbox : null);
        });
    }
}

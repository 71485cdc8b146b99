using System.Text;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>BODY[section] (RFC 9051 §6.4.5.1).</summary>
public class SectionTests
{
    // the example of RFC 9051 §6.4.5.1: text, a file, a message with text and a file, and a multipart with a GIF and a message
    private static readonly byte[] Example = Corpus.Message("""
        Subject: outer
        Content-Type: multipart/mixed; boundary=o

        --o

        one
        --o
        Content-Type: application/octet-stream

        two
        --o
        Content-Type: message/rfc822

        Subject: three
        Content-Type: multipart/mixed; boundary=t

        --t

        three one
        --t
        Content-Type: application/octet-stream

        three two
        --t--
        --o
        Content-Type: multipart/mixed; boundary=f

        --f
        Content-Type: image/gif

        four one
        --f
        Content-Type: message/rfc822

        Subject: four two
        Content-Type: multipart/mixed; boundary=x

        --x
        Content-Type: text/plain

        four two one
        --x
        Content-Type: multipart/alternative; boundary=y

        --y

        plain
        --y
        Content-Type: text/richtext

        rich
        --y--
        --x--
        --f--
        --o--

        """.Replace("\r\n", "\n", StringComparison.Ordinal));

    [Theory]
    [InlineData("1", "one")]
    [InlineData("2", "two")]
    [InlineData("2.MIME", "Content-Type: application/octet-stream\n\n")]
    [InlineData("3.HEADER", "Subject: three\nContent-Type: multipart/mixed; boundary=t\n\n")]
    [InlineData("3.MIME", "Content-Type: message/rfc822\n\n")]
    [InlineData("3.TEXT", "--t\n\nthree one\n--t\nContent-Type: application/octet-stream\n\nthree two\n--t--")]
    [InlineData("3.1", "three one")]
    [InlineData("3.1.MIME", "\n")]
    [InlineData("3.2", "three two")]
    [InlineData("4.1", "four one")]
    [InlineData("4.1.MIME", "Content-Type: image/gif\n\n")]
    [InlineData("4.2.HEADER", "Subject: four two\nContent-Type: multipart/mixed; boundary=x\n\n")]
    [InlineData("4.2.HEADER.FIELDS (SUBJECT)", "Subject: four two\nContent-Type: multipart/mixed; boundary=x\n\n")]
    [InlineData("4.2.1", "four two one")]
    [InlineData("4.2.2.1", "plain")]
    [InlineData("4.2.2.2", "rich")]
    [InlineData("header", "Subject: outer\nContent-Type: multipart/mixed; boundary=o\n\n")]
    public void A_section_lies_where_it_should(string section, string octets)
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(section), out var path));
        var index = MimeScanner.Scan(Example);
        Assert.True(path.TryFind(index, out var range));
        Assert.Equal(octets.Replace("\n", "\r\n", StringComparison.Ordinal), MimeOutput.Cut(Example, range));
    }

    [Fact]
    public void The_whole_is_the_header_and_the_text()
    {
        var index = MimeScanner.Scan(Example);
        Assert.True(SectionPath.TryParse("TEXT"u8, out var text));
        Assert.True(text.TryFind(index, out var body));
        Assert.True(SectionPath.Whole.TryFind(index, out var whole));
        Assert.Equal((0, index.Size), (whole.Offset, whole.Length));
        Assert.Equal(index.Size, body.End);
        Assert.Same(index.Root, SectionPath.Whole.FindPart(index));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("1.1")]
    [InlineData("1.HEADER")]
    [InlineData("1.TEXT")]
    [InlineData("2.1")]
    [InlineData("4.HEADER")]
    [InlineData("4.TEXT")]
    [InlineData("4.3")]
    [InlineData("3.3")]
    [InlineData("4.2.1.1")]
    [InlineData("2147483647")]
    public void What_is_not_there_is_not_found(string section)
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(section), out var path));
        Assert.False(path.TryFind(MimeScanner.Scan(Example), out _));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("1.MIME", true)]
    [InlineData("1.1", false)]
    [InlineData("2", false)]
    public void A_message_of_one_part_has_the_number_1(string section, bool isThere)
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(section), out var path));
        Assert.Equal(isThere, path.TryFind(MimeScanner.Scan("Subject: x\r\n\r\nbody\r\n"u8), out _));
    }

    [Theory]
    [InlineData("HEADER.FIELDS (From \"X-Y\" To)", "From X-Y To")]
    [InlineData("1.2.header.fields.not (A)", "A")]
    public void Names_are_read(string section, string names)
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(section), out var path));
        Assert.Equal(names, string.Join(' ', path.Fields));
    }

    [Theory]
    [InlineData("MIME")]
    [InlineData("0")]
    [InlineData("1.")]
    [InlineData("1.0")]
    [InlineData("01")]
    [InlineData(".1")]
    [InlineData("1..2")]
    [InlineData("1x")]
    [InlineData("1 ")]
    [InlineData("99999999999")]
    [InlineData("HEADERS")]
    [InlineData("HEADER ")]
    [InlineData("HEADER (A)")]
    [InlineData("HEADER.FIELDS")]
    [InlineData("HEADER.FIELDS ()")]
    [InlineData("HEADER.FIELDS (A")]
    [InlineData("HEADER.FIELDS A")]
    [InlineData("HEADER.FIELDS (A  B)")]
    [InlineData("HEADER.FIELDS (A )")]
    [InlineData("HEADER.FIELDS (\"A)")]
    [InlineData("HEADER.FIELDS (\"A\"B)")]
    [InlineData("HEADER.FIELDS (A\"B)")]
    [InlineData("TEXT.MIME")]
    public void What_is_no_section_is_not_read(string section) => Assert.False(SectionPath.TryParse(Encoding.ASCII.GetBytes(section), out _));

    [Fact]
    public void There_are_not_too_many_numbers()
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(string.Join('.', Enumerable.Repeat(1, SectionPath.MostNumbers))), out _));
        Assert.False(SectionPath.TryParse(Encoding.ASCII.GetBytes(string.Join('.', Enumerable.Repeat(1, SectionPath.MostNumbers + 1))), out _));
    }
}

using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>How values are written (RFC 9051 §4 and §7.5.2).</summary>
public class WriterTests
{
    [Theory]
    [InlineData("To: x@y.example", false, "NIL")]
    [InlineData("Subject:", false, "\"\"")]
    [InlineData("Subject: plain", false, "\"plain\"")]
    [InlineData("Subject: \"a\" \\b", false, "\"\\\"a\\\" \\\\b\"")]
    [InlineData("Subject: Grüße", false, "{7}\r\nGrüße")]
    [InlineData("Subject: Grüße", true, "\"Grüße\"")]
    [InlineData("Subject: a\u0001b", true, "{3}\r\na\u0001b")]
    [InlineData("Subject: a\u0000b", false, "{5}\r\na\uFFFDb")]
    [InlineData("Subject: one\r\n two", false, "\"one two\"")]
    [InlineData("Subject: one\ttwo", false, "\"one two\"")]
    public void A_subject(string field, bool utf8, string expected) => Assert.StartsWith($"(NIL {expected} ", Utf8(MimeOutput.Envelope(Scan(field).Envelope, utf8)), StringComparison.Ordinal);

    [Fact]
    public void What_is_no_utf8_is_a_literal_for_everybody()
    {
        var index = MimeScanner.Scan(Encoding.Latin1.GetBytes("Subject: Gr\u00fc\r\n\r\n"));
        Assert.StartsWith("(NIL {3}\r\nGr\u00fc ", MimeOutput.Envelope(index.Envelope, utf8: true), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_long_is_a_literal() =>
        Assert.StartsWith("(NIL {1001}\r\nxxx", MimeOutput.Envelope(Scan("Subject: " + new string('x', 1001)).Envelope), StringComparison.Ordinal);

    [Fact]
    public void Sender_and_Reply_To_are_From_where_they_are_missing()
    {
        const string ann = "((NIL NIL \"a\" \"b.example\"))";
        Assert.Equal($"(NIL NIL {ann} {ann} {ann} NIL NIL NIL NIL NIL)", MimeOutput.Envelope(Scan("From: a@b.example\r\nSender:").Envelope));
        Assert.Equal($"(NIL NIL {ann} ((NIL NIL \"s\" \"b.example\")) {ann} NIL NIL NIL NIL NIL)", MimeOutput.Envelope(Scan("From: a@b.example\r\nSender: s@b.example").Envelope));
    }

    [Theory]
    [InlineData("text/plain", "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1)")]
    [InlineData("text/plain; charset*=us-ascii''utf-8", "(\"text\" \"plain\" (\"charset*\" \"us-ascii''utf-8\") NIL NIL \"7bit\" 3 1)")]
    [InlineData("image/png", "(\"image\" \"png\" NIL NIL NIL \"7bit\" 3)")]
    [InlineData("message/rfc822", "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 3 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0) 1)")]
    [InlineData("multipart/mixed", "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0) \"mixed\")")]
    [InlineData("image/png; name=\"Grüße\"", "(\"image\" \"png\" (\"name\" \"Grüße\") NIL NIL \"7bit\" 3)")]
    public void A_body(string type, string expected) => Assert.Equal(expected, Utf8(MimeOutput.Structure(Scan("Content-Type: " + type, "x\r\n").Root, extended: false, utf8: true)));

    [Fact]
    public void The_extension_of_a_body() => Assert.Equal(
        "(\"a\" \"b\" (\"c\" \"d\") \"<i>\" \"words\" \"x\" 0 \"md5\" (\"inline\" (\"f\" \"g\")) (\"en\" \"de\") \"here\")",
        MimeOutput.Structure(Scan("Content-Type: a/b; c=d\r\nContent-ID: <i>\r\nContent-Description: words\r\nContent-Transfer-Encoding: x\r\nContent-MD5: md5\r\n"
            + "Content-Disposition: inline; f=g\r\nContent-Language: en, de\r\nContent-Location: here").Root));

    private static MessageIndex Scan(string header, string body = "") => MimeScanner.Scan(Encoding.UTF8.GetBytes($"{header}\r\n\r\n{body}"));

    private static string Utf8(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1));
}

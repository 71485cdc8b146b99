using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using Mta.Delivery;

namespace Mta.Tests.Delivery;

public class SevenBitRewriterTests
{
    private static readonly ConvertSettings Settings = new(1_000_000, 2000, 10, 3);

    [Fact]
    public void Text_becomes_quoted_printable() => Assert.Equal(
        "From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =3D=20\r\n",
        Rewrite("From: a\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße = \r\n"));

    [Fact]
    public void Text_that_says_nothing_about_itself_is_unknown_8bit() => Assert.Equal(
        "From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n",
        Rewrite("From: a\r\n\r\nü\r\n"));

    [Fact]
    public void Only_the_parts_that_need_it_change() => Assert.Equal(
        "Content-Type: multipart/mixed;\r\n boundary=\"b;=1\"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n\r\npreamble\r\n--b;=1\r\n\r\nplain\r\n--b;=1  \r\n"
        + "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nw7w=\r\n\r\n--b;=1\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        + "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n--b;=1--\r\nepilogue",
        Rewrite("Content-Type: multipart/mixed;\r\n boundary=\"b;=1\"\r\nMIME-Version: 1.0\r\n\r\npreamble\r\n--b;=1\r\n\r\nplain\r\n--b;=1  \r\n"
        + "Content-Type: image/png\r\n\r\nü\r\n--b;=1\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nä\r\n--b;=1--\r\nepilogue"));

    [Theory]
    [InlineData("DKIM-Signature: v=1\r\n\r\nü")]
    [InlineData("Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nü\r\n--x--")]
    [InlineData("Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nü\r\n--x--\r\n--y--")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\nü")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\nü")]
    [InlineData("Content-Transfer-Encoding: base64\r\n\r\nü")]
    [InlineData("Content-Type: message/partial\r\n\r\nü")]
    [InlineData("Subject: ü\r\n\r\nx")]
    public void Refuses_what_it_would_break(string message) => Assert.Null(Rewrite(message));

    [Fact]
    public void Refuses_what_goes_beyond_the_limits()
    {
        Assert.Null(Rewrite("X: " + new string('x', 3000) + "\r\n\r\nü"));
        Assert.Null(Rewrite("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + string.Concat(Enumerable.Repeat("--x\r\n\r\nü\r\n", 20)) + "--x--"));
        string nested = "\r\nü";
        for (int i = 0; i < 6; i++) nested = $"Content-Type: multipart/mixed; boundary=b{i}b\r\n\r\n--b{i}b\r\n{nested}\r\n--b{i}b--\r\n";
        Assert.Null(Rewrite(nested));
        Assert.Null(Rewrite("\r\n" + new string('ü', 600_000)));
    }

    [Fact]
    public void What_comes_out_is_safe_and_means_the_same() =>
        Gen.Byte.Array[0, 400].Sample(octets =>
        {
            foreach (string type in (string[])["text/plain; charset=latin1", "application/x"])
            {
                byte[] message = [.. Encoding.ASCII.GetBytes($"MIME-Version: 1.0\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: binary\r\n\r\n"), .. octets];
                var output = new ArrayBufferWriter<byte>();
                Assert.Null(new SevenBitRewriter(Settings, output).Rewrite(message));
                string text = Encoding.Latin1.GetString(output.WrittenSpan);
                Assert.All(text, c => Assert.True(c is > '\0' and < '\x80'));
                Assert.All(text.Split("\r\n"), line => Assert.True(!line.Contains('\n', StringComparison.Ordinal) && !line.Contains('\r', StringComparison.Ordinal)));
                string body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
                byte[] back = text.Contains("base64", StringComparison.Ordinal) ? Convert.FromBase64String(body)
                    : text.Contains("quoted-printable", StringComparison.Ordinal) ? Unquote(body)
                    : Encoding.Latin1.GetBytes(body);
                Assert.Equal(octets, back);
            }
        });

    [Fact]
    public void Any_text_is_quoted_in_short_lines_and_comes_back() =>
        Gen.OneOf(Gen.Byte, Gen.OneOf("= \tab"u8.ToArray())).Array[0, 300].Array[0, 4].Sample(lines =>
        {
            byte[] text = [.. lines.SelectMany(l => l.Where(c => c is not (13 or 10)).Concat("\r\n"u8.ToArray()))];
            var output = new ArrayBufferWriter<byte>();
            TransferEncoding.WriteQuotedPrintable(text, output);
            string quoted = Encoding.ASCII.GetString(output.WrittenSpan);
            Assert.All(quoted.Split("\r\n"), l => Assert.True(l.Length <= 76 && !l.EndsWith(' ') && !l.EndsWith('\t')));
            Assert.Equal(text, Unquote(quoted));
        });

    private static string? Rewrite(string message)
    {
        var output = new ArrayBufferWriter<byte>();
        var refusal = new SevenBitRewriter(Settings, output).Rewrite(Encoding.UTF8.GetBytes(message));
        Assert.Equal(refusal is null, output.WrittenCount > 0 && refusal is null);
        Assert.True(refusal is null || refusal.Enhanced.ToString() == "5.6.3");
        return refusal is null ? Encoding.UTF8.GetString(output.WrittenSpan) : null;
    }

    private static byte[] Unquote(string text)
    {
        var octets = new List<byte>();
        text = text.Replace("=\r\n", "", StringComparison.Ordinal);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '=') octets.Add((byte)text[i]);
            else
            {
                octets.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
        }
        return [.. octets];
    }
}

using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>PREVIEW (RFC 8970).</summary>
public class PreviewTests
{
    [Theory]
    [InlineData("\n  Hello\n\n  Bob \n", "Hello Bob")]
    [InlineData("\n> you wrote\nMy answer\n", "My answer")]
    [InlineData("\n> only quotes\n", "> only quotes")]
    [InlineData("\n", "")]
    [InlineData("Content-Type: image/png\n\nx", "")]
    [InlineData("Content-Type: text/html\n\n<html><head><title>t</title><style>p{}</style></head><body><p>Hello&nbsp;<b>B&ouml;b</b>&amp;&lt;<!-- no --><script>alert(1)</script>", "Hello Böb &<")]
    [InlineData("Content-Type: text/html\n\n<p title=\"x\">a<br>b</p><style>never closed", "a b")]
    [InlineData("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe=\n aus", "Grüße aus")]
    [InlineData("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==", "Grüße")]
    [InlineData("Content-Type: text/plain\nContent-Disposition: attachment\n\nx", "")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\nx\n--b\n\nthe text\n--b--", "the text")]
    [InlineData("Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\n--b\nContent-Type: text/html\n\n<p>only here\n--b--", "only here")]
    public void The_beginning_of_the_text(string message, string expected) => Assert.Equal(expected, Read(message));

    [Theory]
    [InlineData("x")]
    [InlineData("\u00fc")]
    [InlineData("\U0001F642")]
    [InlineData("word ")]
    public void Is_not_too_long(string piece)
    {
        string preview = Read("\n" + string.Concat(Enumerable.Repeat(piece, 20_000)));
        Assert.InRange(preview.Length, Preview.MostCharacters - 2, Preview.MostCharacters);
        Assert.False(char.IsHighSurrogate(preview[^1]));
    }

    private static string Read(string text)
    {
        byte[] message = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var part = Preview.Find(MimeScanner.Scan(message));
        return part is null ? "" : Preview.Read(part, message.AsSpan((int)part.Body.Offset, (int)part.Body.Length));
    }
}

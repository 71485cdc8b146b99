using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Transfer encodings (RFC 2045 §6).</summary>
public class DecoderTests
{
    [Theory]
    [InlineData("base64", "SGVsbG8=", "Hello", -1)]
    [InlineData("base64", "SGVs\r\nbG8h\r\n", "Hello!", -1)]
    [InlineData("BASE64", " S G V s\tbG8 = ", "Hello", -1)]
    [InlineData("base64", "", "", -1)]
    [InlineData("base64", "SGVsbG8", "Hello", 7)] // padding is missing
    [InlineData("base64", "SGVsbG8=SGVsbG8=", "HelloHello", -1)] // padding within
    [InlineData("base64", "SGVs-bG8=", "Hello", 4)]
    [InlineData("base64", "SGVsb", "Hel", 5)] // no octet in one letter
    [InlineData("base64", "S=GVs", "\u0019\u005b", 1)]
    [InlineData("quoted-printable", "Gr=C3=BC=C3=9Fe", "Gr\u00c3\u00bc\u00c3\u009fe", -1)]
    [InlineData("quoted-printable", "soft=\r\n break", "soft break", -1)]
    [InlineData("quoted-printable", "soft= \t\r\nbreak", "softbreak", -1)]
    [InlineData("quoted-printable", "soft=\nbreak", "softbreak", -1)]
    [InlineData("quoted-printable", "a \t\r\nb  ", "a\r\nb", -1)]
    [InlineData("quoted-printable", "a b\r\n\r\n", "a b\r\n\r\n", -1)]
    [InlineData("quoted-printable", "=e2=82=ac", "\u00e2\u0082\u00ac", -1)] // small letters
    [InlineData("quoted-printable", "a=b", "a=b", 1)]
    [InlineData("quoted-printable", "a=xy=41", "a=xyA", 1)]
    [InlineData("quoted-printable", "a=4z", "a=4z", 1)]
    [InlineData("quoted-printable", "==41", "=A", 0)]
    [InlineData("quoted-printable", "end=", "end", 4)]
    [InlineData("quoted-printable", "= x", "= x", 0)]
    [InlineData("quoted-printable", "8bit \u00fc", "8bit \u00fc", 5)]
    [InlineData("quoted-printable", "a\rb", "a\rb", 1)]
    [InlineData("7bit", "=41 as it is", "=41 as it is", -1)]
    [InlineData("8bit", "\u00fc", "\u00fc", -1)]
    [InlineData("binary", "\0", "\0", -1)]
    public void A_body_is_decoded_however_it_comes(string encoding, string body, string octets, long error)
    {
        byte[] encoded = Encoding.Latin1.GetBytes(body);
        for (int cut = 0; cut <= encoded.Length; cut++) Assert.Equal((octets, error), Decode(encoding, encoded, cut));
        Assert.Equal((octets, error), Decode(encoding, encoded, [.. Enumerable.Range(0, encoded.Length)]));
    }

    [Fact]
    public void An_encoding_that_nobody_knows_is_said_to_be_that() =>
        Assert.Null(BodyDecoder.For(MimeScanner.Scan(Corpus.Message("Content-Transfer-Encoding: x-uuencode\n\n")).Root));

    [Theory]
    [InlineData("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n")]
    [InlineData("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n")]
    [InlineData("Content-Type: text/plain\n\n")]
    public void What_is_made_of_parts_has_none(string message) => Assert.True(BodyDecoder.For(MimeScanner.Scan(Corpus.Message(message)).Root)!.IsIdentity);

    [Fact]
    public void Base64_is_what_others_write() => Gen.Byte.Array[0, 300].Sample(octets =>
    {
        string text = Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks);
        Assert.Equal((Encoding.Latin1.GetString(octets), -1), Decode("base64", Encoding.ASCII.GetBytes(text), text.Length / 3));
    });

    [Fact]
    public void A_long_run_of_spaces_is_not_kept()
    {
        string body = new string(' ', 100_000) + "x" + new string(' ', 200) + "\r\n";
        Assert.Equal((new string(' ', 100_000) + "x\r\n", -1), Decode("quoted-printable", Encoding.ASCII.GetBytes(body)));
    }

    private static (string Octets, long Error) Decode(string encoding, byte[] body, params int[] cuts)
    {
        var decoder = BodyDecoder.For(new MimePart { TransferEncoding = MimeText.Of(encoding) })!;
        var output = new ArrayBufferWriter<byte>();
        int at = 0;
        foreach (int cut in cuts.Append(body.Length))
        {
            decoder.Decode(body.AsSpan(at, cut - at), output);
            at = cut;
        }
        decoder.Finish(output);
        return (Encoding.Latin1.GetString(output.WrittenSpan), decoder.ErrorOffset);
    }
}

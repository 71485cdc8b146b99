using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Smtp.Client;

namespace Mta.Protocol.Tests.SmtpClient;

public class DotStufferTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("a", "a\r\n")]
    [InlineData(".", "..\r\n")]
    [InlineData(".\r\n", "..\r\n")]
    [InlineData("a\r\n.b\r\n..c\r\nd.\r\n", "a\r\n..b\r\n...c\r\nd.\r\n")]
    [InlineData("\r\n\r\n.", "\r\n\r\n..\r\n")]
    public void Stuffs_at_every_split(string text, string wire)
    {
        byte[] octets = Encoding.Latin1.GetBytes(text);
        for (int split = 0; split <= octets.Length; split++)
            Assert.Equal(wire, Stuff(stuffs: true, octets[..split], octets[split..]));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\r\r\n")]
    [InlineData("\n.\r\n")]
    [InlineData("a\r")]
    public void Refuses_a_bare_CR_or_LF_at_every_split(string text)
    {
        byte[] octets = Encoding.Latin1.GetBytes(text);
        for (int split = 0; split <= octets.Length; split++)
        {
            Assert.Null(Stuff(stuffs: true, octets[..split], octets[split..]));
            Assert.Null(Stuff(stuffs: false, octets[..split], octets[split..]));
        }
    }

    [Fact]
    public void What_is_stuffed_in_pieces_is_unstuffed_whole()
    {
        var line = Gen.OneOf(Gen.Char.Select(c => c is '\r' or '\n' ? '.' : (char)(c & 0xFF)), Gen.Const('.')).Array[0, 12].Select(c => new string(c));
        Gen.Select(line.Array[0, 10], Gen.Int[1, 7]).Sample((lines, size) =>
        {
            lines = [.. lines.Select(l => l.Replace('\r', 'r').Replace('\n', 'n'))];
            string text = string.Concat(lines.Select(l => l + "\r\n"));
            string wire = Stuff(stuffs: true, [.. Encoding.Latin1.GetBytes(text).Chunk(size)])!;
            Assert.Equal(text, Unstuff(wire + ".\r\n"));
            Assert.Equal(text, Stuff(stuffs: false, [.. Encoding.Latin1.GetBytes(text).Chunk(size)]));
        });
    }

    [Fact]
    public void Nothing_it_lets_through_ends_DATA_early() =>
        Gen.Select(Gen.OneOf('\r', '\n', '.', 'a').Array[0, 14], Gen.Int[1, 5]).Sample((text, size) =>
        {
            string? wire = Stuff(stuffs: true, [.. Encoding.Latin1.GetBytes(text).Chunk(size)]);
            if (wire is null) return;
            Assert.DoesNotContain("\r\n.\r", "\r\n" + wire, StringComparison.Ordinal);
            Assert.DoesNotContain("\r\n.\n", "\r\n" + wire, StringComparison.Ordinal);
            Assert.Equal(wire.Count(c => c == '\r'), wire.Split("\r\n").Length - 1);
            Assert.Equal(wire.Count(c => c == '\n'), wire.Split("\r\n").Length - 1);
        }, iter: 20_000);

    private static string? Stuff(bool stuffs, params byte[][] pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new DotStuffer(stuffs);
        foreach (byte[] piece in pieces)
            if (!stuffer.Write(piece, output)) return null;
        return stuffer.Finish(output) ? Encoding.Latin1.GetString(output.WrittenSpan) : null;
    }

    private static string Unstuff(string wire)
    {
        var text = new StringBuilder();
        foreach (string line in wire.Split("\r\n"))
        {
            if (line == ".") return text.ToString();
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
        throw new InvalidDataException("no final dot");
    }
}

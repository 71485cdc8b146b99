using System.Text;
using CsCheck;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Protocol.Tests.SmtpClient;

public class ReplyParserTests
{
    [Theory]
    [InlineData("250 2.1.5 Ok\r\n", 250, "2.1.5", "Ok")]
    [InlineData("250\r\n", 250, "", "")]
    [InlineData("250 \n", 250, "", "")]
    [InlineData("550-5.1.1 No such\r\n550-5.1.1 user\r\n550 5.1.1 here\r\n", 550, "5.1.1", "No such\nuser\nhere")]
    [InlineData("250 5.1.1 not of its class\r\n", 250, "", "5.1.1 not of its class")]
    [InlineData("452-a\r\n451 b\r\n", 451, "", "a\nb")]
    [InlineData("220 bell\a tab\t esc\u001b[0m \u2028\r\n", 220, "", "bell? tab? esc?[0m ?")]
    [InlineData("220 stray\rCR\r\n", 220, "", "stray?CR")]
    public void Reads_a_reply_at_every_split(string wire, int code, string enhanced, string text)
    {
        byte[] octets = Encoding.UTF8.GetBytes(wire);
        for (int split = 0; split <= octets.Length; split++)
        {
            var parser = new SmtpReplyParser();
            var reply = Assert.Single(Read(parser, octets[..split], octets[split..]));
            Assert.Equal((code, text), (reply.Code, reply.Text));
            Assert.Equal(enhanced, reply.Enhanced.IsNone ? "" : reply.Enhanced.ToString());
            Assert.True(parser.IsIdle);
        }
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("199 too low\r\n")]
    [InlineData("600 too high\r\n")]
    [InlineData("250x no separator\r\n")]
    [InlineData("250-yes\r\n550 no\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("\u0000\u0001\u0002\r\n")]
    public void Refuses_what_is_no_reply(string wire)
    {
        var parser = new SmtpReplyParser();
        Assert.Equal(ReplyStatus.Malformed, Last(parser, Encoding.UTF8.GetBytes(wire)));
        Assert.NotEmpty(parser.Error);
        Assert.DoesNotContain(parser.Error, char.IsControl);
    }

    [Theory]
    [InlineData("250-x\r\n")]
    [InlineData("\0")]
    [InlineData("250 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void An_endless_reply_ends_in_an_error(string piece)
    {
        var parser = new SmtpReplyParser();
        byte[] octets = Encoding.ASCII.GetBytes(piece);
        int sent = 0;
        while (Last(parser, octets) == ReplyStatus.Incomplete)
        {
            sent += octets.Length;
            Assert.True(sent <= SmtpReplyParser.MaxReply);
        }
    }

    [Fact]
    public void Keeps_a_part_of_a_long_reply()
    {
        var parser = new SmtpReplyParser();
        string wire = string.Concat(Enumerable.Repeat("250-" + new string('x', 300) + "\r\n", 150)) + "250 end\r\n";
        var reply = Assert.Single(Read(parser, Encoding.ASCII.GetBytes(wire)));
        Assert.InRange(reply.Text.Length, SmtpReplyParser.MaxText / 2, SmtpReplyParser.MaxText);

        reply = Assert.Single(Read(parser, Encoding.ASCII.GetBytes("250 " + new string('x', 5000) + "\r\n")));
        Assert.InRange(reply.Text.Length, 1000, SmtpReplyParser.MaxLine);
    }

    [Fact]
    public void A_reply_seen_before_costs_nothing()
    {
        var parser = new SmtpReplyParser();
        byte[] common = "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n"u8.ToArray();
        for (int i = 0; i < 3; i++)
        {
            Read(parser, common);
            Read(parser, Encoding.ASCII.GetBytes($"250 2.0.0 Ok: queued as {i}\r\n"));
        }
        for (int i = 0; i < 30; i++) Read(parser, Encoding.ASCII.GetBytes($"250 2.0.0 Ok: queued as {i}\r\n"), common);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ReadOnlySpan<byte> input = common;
        while (parser.Parse(ref input, out _) == ReplyStatus.Complete) ;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Any_octets_in_any_pieces_mean_what_they_mean_at_once() =>
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.OneOf("250 -\r\n4"u8.ToArray())).Array[0, 200], Gen.Int[1, 9])
            .Sample((octets, size) =>
            {
                var whole = Read(new(), octets);
                var pieces = Read(new(), [.. octets.Chunk(size)]);
                Assert.Equal(whole, pieces);
            });

    internal static List<SmtpReply> Read(SmtpReplyParser parser, params byte[][] pieces)
    {
        var replies = new List<SmtpReply>();
        foreach (byte[] piece in pieces)
        {
            ReadOnlySpan<byte> input = piece;
            ReplyStatus status;
            while ((status = parser.Parse(ref input, out var reply)) == ReplyStatus.Complete) replies.Add(reply!);
            if (status == ReplyStatus.Malformed) break;
        }
        return replies;
    }

    private static ReplyStatus Last(SmtpReplyParser parser, byte[] octets)
    {
        ReadOnlySpan<byte> input = octets;
        ReplyStatus status;
        while ((status = parser.Parse(ref input, out _)) == ReplyStatus.Complete) ;
        return status;
    }
}

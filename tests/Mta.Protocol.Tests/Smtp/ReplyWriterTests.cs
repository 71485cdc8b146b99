using System.Buffers;
using System.Text;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Protocol.Tests.Smtp;

public class ReplyWriterTests
{
    [Theory]
    [InlineData("250 2.1.0 ok", true, "250 2.1.0 ok\r\n")]
    [InlineData("250 2.1.0 ok", false, "250 ok\r\n")]
    [InlineData("354 go on", true, "354 go on\r\n")]
    [InlineData("550 5.7.1 one\ntwo", true, "550-5.7.1 one\r\n550 5.7.1 two\r\n")]
    [InlineData("550 5.7.1 what you sent: \r\0é", true, "550 5.7.1 what you sent: ???\r\n")]
    [InlineData("250 2.0.0", true, "250 2.0.0 \r\n")]
    public void Writes(string reply, bool enhanced, string wire) => Assert.Equal(wire, Write(SmtpReply.Parse(reply), enhanced));

    [Fact]
    public void Keeps_lines_short() => Assert.Equal(512, Write(new(550, new(5, 7, 999), new string('x', 2000)), true).Length);

    private static string Write(SmtpReply reply, bool enhanced)
    {
        var output = new ArrayBufferWriter<byte>();
        ReplyWriter.Write(output, reply, enhanced);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}

using System.Text;
using CsCheck;
using Mta.Protocol.Smtp.Server;

namespace Mta.Protocol.Tests.Smtp;

public class MessageInspectorTests
{
    [Theory]
    [InlineData("", 0, 0, false, false)]
    [InlineData("\r\nReceived: body é\r\n", 2, 0, false, true)]
    [InlineData("Received: a\r\nreceived : b\r\nRECEIVED\t:\r\n\r\nReceived: body\r\n", 41, 3, false, false)]
    [InlineData("Received: a\r\n Received: folded\r\n\tReceived: too\r\n\r\n", 50, 1, false, false)]
    [InlineData("Received-SPF: a\r\nX-Received: b\r\nReceive: c\r\n\r\n", 46, 0, false, false)]
    [InlineData("Subject: é\r\n\r\nbody", 15, 0, true, true)]
    [InlineData("Subject: e\r\n\r\né", 14, 0, false, true)]
    // no blank line: the first line that is no field is the body's
    [InlineData("Received: a\r\nhello there\r\nReceived: b\r\n", 19, 1, false, false)]
    [InlineData("Received\r\n", 8, 0, false, false)]
    public void Knows_the_header_section(string message, long header, int hops, bool headerIsUtf8, bool eightBit)
    {
        var inspector = new MessageInspector();
        inspector.Inspect(Encoding.UTF8.GetBytes(message));
        Assert.Equal((header, hops, headerIsUtf8, eightBit), Seen(inspector));
    }

    [Fact]
    public void Does_not_care_how_the_message_is_cut() =>
        Gen.OneOf("Received", ":", " ", "\t", "\r\n", "\r", "\n", "X-A: b", "é", "a", "\0").Array[0, 30].Select(string.Concat)
            .Select(Gen.Int[1, 20].Array[0, 10]).Sample((message, cuts) =>
            {
                byte[] octets = Encoding.UTF8.GetBytes(message);
                var (whole, cut) = (new MessageInspector(), new MessageInspector());
                whole.Inspect(octets);
                int at = 0;
                foreach (int length in cuts.Append(octets.Length).Select(length => Math.Min(length, octets.Length - at)))
                {
                    cut.Inspect(octets.AsSpan(at, length));
                    at += length;
                }
                return Seen(whole) == Seen(cut);
            });

    private static (long, int, bool, bool) Seen(MessageInspector inspector) =>
        (inspector.HeaderLength, inspector.Hops, inspector.HeaderIsUtf8, inspector.IsEightBit);
}

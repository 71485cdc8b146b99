using System.Net;
using System.Text;
using CsCheck;
using Mta.Protocol.Proxy;

namespace Mta.Protocol.Tests.Proxy;

public class ProxyHeaderTests
{
    private static readonly byte[] V2 = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    public static TheoryData<byte[], string?> Headers => new()
    {
        { "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25\r\n"u8.ToArray(), "192.0.2.1:1234" },
        { "PROXY TCP6 2001:db8::1 2001:db8::2 65535 25\r\n"u8.ToArray(), "[2001:db8::1]:65535" },
        { "PROXY UNKNOWN\r\n"u8.ToArray(), null },
        { "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"u8.ToArray(), null },
        { [.. V2, 0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 4, 210, 0, 25], "192.0.2.1:1234" },
        { [.. V2, 0x21, 0x11, 0, 16, 192, 0, 2, 1, 192, 0, 2, 2, 4, 210, 0, 25, 4, 0, 1, 7], "192.0.2.1:1234" }, // a TLV
        { [.. V2, 0x21, 0x21, 0, 36, 0x20, 1, 0xd, 0xb8, .. new byte[11], 1, .. new byte[16], 4, 210, 0, 25], "[2001:db8::1]:1234" },
        { [.. V2, 0x20, 0x00, 0, 0], null },
        { [.. V2, 0x21, 0x00, 0, 3, 1, 2, 3], null },
    };

    [Theory, MemberData(nameof(Headers))]
    public void Reads_once_it_is_complete(byte[] header, string? source)
    {
        byte[] input = [.. header, .. "EHLO c\r\n"u8];
        for (int length = 0; length < header.Length; length++)
            Assert.Equal(ProxyHeaderResult.NeedMore, ProxyHeader.TryRead(input.AsSpan(0, length), out _, out _));
        for (int length = header.Length; length <= input.Length; length++)
        {
            Assert.Equal(ProxyHeaderResult.Complete, ProxyHeader.TryRead(input.AsSpan(0, length), out var read, out int consumed));
            Assert.Equal((header.Length, source is null ? null : IPEndPoint.Parse(source)), (consumed, read.Source));
        }
    }

    public static TheoryData<byte[]> Bad =>
    [
        "EHLO client.example\r\n"u8.ToArray(),
        "proxy TCP4 192.0.2.1 192.0.2.2 1234 25\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.1 192.0.2.2 1234\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.1 192.0.2.2 1234 25 1\r\n"u8.ToArray(),
        "PROXY TCP4  192.0.2.1 192.0.2.2 1234 25\r\n"u8.ToArray(),
        "PROXY TCP4 2001:db8::1 2001:db8::2 1234 25\r\n"u8.ToArray(),
        "PROXY TCP6 192.0.2.1 192.0.2.2 1234 25\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.01 192.0.2.2 1234 25\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.1 192.0.2.2 01 25\r\n"u8.ToArray(),
        "PROXY TCP4 192.0.2.1 192.0.2.2 -1 25\r\n"u8.ToArray(),
        "PROXY \r\n"u8.ToArray(),
        Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 100)),
        (byte[])[.. V2, 0x31, 0x11, 0, 12, .. new byte[12]],
        (byte[])[.. V2, 0x22, 0x11, 0, 12, .. new byte[12]],
        (byte[])[.. V2, 0x21, 0x12, 0, 12, .. new byte[12]],
        (byte[])[.. V2, 0x21, 0x11, 0, 11, .. new byte[11]],
        (byte[])[.. V2, 0x21, 0x11, 0xFF, 0xFF],
    ];

    [Theory, MemberData(nameof(Bad))]
    public void Refuses(byte[] input) => Assert.Equal(ProxyHeaderResult.Invalid, ProxyHeader.TryRead(input, out _, out _));

    [Fact]
    public void Never_waits_for_more_than_its_limit() =>
        Gen.Byte.Array[ProxyHeader.MaxLength, ProxyHeader.MaxLength + 100].Select(Gen.Bool).Sample((octets, two) =>
        {
            byte[] input = two ? [.. V2, 0x21, .. octets] : [.. "PROXY "u8, .. octets];
            return ProxyHeader.TryRead(input, out _, out int consumed) != ProxyHeaderResult.NeedMore && consumed <= ProxyHeader.MaxLength;
        });
}

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Mta.Protocol.Proxy;

/// <summary>How far the reading of a PROXY header got.</summary>
public enum ProxyHeaderResult : byte { NeedMore, Invalid, Complete }

/// <summary>
/// The header that a proxy sends before all else (HAProxy's PROXY protocol, versions 1 and 2). Strict, for whoever may send it decides
/// what we take for the client's address.
/// </summary>
/// <param name="Source">The client, or null where the proxy speaks for itself (LOCAL, UNKNOWN): then the connection's own address holds.</param>
public sealed record ProxyHeader(IPEndPoint? Source)
{
    /// <summary>Octets of the longest header that is read: version 1 has at most 107, of version 2 the addresses and some TLVs are enough.</summary>
    public const int MaxLength = 1024;

    private const int MaxV1 = 107, HeadV2 = 16;

    private static readonly ProxyHeader Own = new((IPEndPoint?)null);
    private static ReadOnlySpan<byte> SignatureV2 => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header at the start of <paramref name="input"/>, which may still lack its end.</summary>
    /// <param name="consumed">Octets of the header when complete.</param>
    public static ProxyHeaderResult TryRead(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = Own;
        consumed = 0;
        if (input.IsEmpty) return ProxyHeaderResult.NeedMore;
        return input[0] == '\r' ? ReadV2(input, out header, out consumed) : ReadV1(input, out header, out consumed);
    }

    // "PROXY" SP ("TCP4" / "TCP6") SP source SP destination SP port SP port CRLF, or "PROXY UNKNOWN" with anything
    private static ProxyHeaderResult ReadV1(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = Own;
        consumed = 0;
        var prefix = "PROXY "u8;
        int common = Math.Min(prefix.Length, input.Length);
        if (!input[..common].SequenceEqual(prefix[..common])) return ProxyHeaderResult.Invalid;
        int end = input[..Math.Min(input.Length, MaxV1)].IndexOf("\r\n"u8);
        if (end < 0) return input.Length < MaxV1 ? ProxyHeaderResult.NeedMore : ProxyHeaderResult.Invalid;
        if (!Ascii.IsValid(input[..end])) return ProxyHeaderResult.Invalid;
        consumed = end + 2;
        string[] words = Encoding.ASCII.GetString(input[..end]).Split(' ');
        if (words[1] == "UNKNOWN") return ProxyHeaderResult.Complete;
        int family = words[1] switch { "TCP4" => 4, "TCP6" => 16, _ => 0 };
        if (words.Length != 6 || Address(words[2], family) is not { } source || Address(words[3], family) is null
            || Port(words[4]) is not { } port || Port(words[5]) is null) return ProxyHeaderResult.Invalid;
        header = new(new IPEndPoint(source, port));
        return ProxyHeaderResult.Complete;
    }

    private static IPAddress? Address(string text, int octets) =>
        IPAddress.TryParse(text, out var address) && address.GetAddressBytes().Length == octets && !text.Contains('%') && !text.Contains('[')
        && (octets == 16 || text == address.ToString()) ? address : null;

    private static int? Port(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && (text[0] != '0' || text == "0") ? port : null;

    // signature, version and command, family and transport, length, addresses, TLVs (skipped)
    private static ProxyHeaderResult ReadV2(ReadOnlySpan<byte> input, out ProxyHeader header, out int consumed)
    {
        header = Own;
        consumed = 0;
        int common = Math.Min(SignatureV2.Length, input.Length);
        if (!input[..common].SequenceEqual(SignatureV2[..common])) return ProxyHeaderResult.Invalid;
        if (input.Length < HeadV2) return ProxyHeaderResult.NeedMore;
        int length = BinaryPrimitives.ReadUInt16BigEndian(input[14..]);
        if (input[12] is not (0x20 or 0x21) || HeadV2 + length > MaxLength) return ProxyHeaderResult.Invalid;
        if (input.Length < HeadV2 + length) return ProxyHeaderResult.NeedMore;
        consumed = HeadV2 + length;
        if (input[12] == 0x20) return ProxyHeaderResult.Complete; // LOCAL: a health check of the proxy's own

        var addresses = input.Slice(HeadV2, length);
        switch (input[13])
        {
            case 0x11 when length >= 12: // TCP over IPv4
                header = new(new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])));
                return ProxyHeaderResult.Complete;
            case 0x21 when length >= 36: // TCP over IPv6
                header = new(new IPEndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])));
                return ProxyHeaderResult.Complete;
            case 0x00: // UNSPEC
                return ProxyHeaderResult.Complete;
            default:
                return ProxyHeaderResult.Invalid;
        }
    }
}

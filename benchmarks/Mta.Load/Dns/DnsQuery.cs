using System.Buffers.Binary;
using System.Text;

namespace Mta.Load.Dns;

/// <summary>Record types that we have (RFC 1035 §3.2.2, RFC 3596, RFC 6698).</summary>
internal enum DnsType : ushort { A = 1, Soa = 6, Mx = 15, Txt = 16, Aaaa = 28, Opt = 41, Tlsa = 52, Any = 255 }

/// <summary>Response codes (RFC 1035 §4.1.1).</summary>
internal enum DnsCode : byte { NoError, FormErr, ServFail, NxDomain, NotImp, Refused }

/// <summary>A question as it came.</summary>
/// <param name="Header">The first 12 octets of the query.</param>
/// <param name="Question">The question section, to be repeated in the answer octet by octet.</param>
/// <param name="Name">Lower case, dots between the labels, none at the end; empty for the root.</param>
/// <param name="HasEdns">The answer must have an OPT record too (RFC 6891 §6.1.1).</param>
internal readonly record struct DnsQuery(byte[] Header, byte[] Question, string Name, DnsType Type, bool HasEdns)
{
    public const int HeaderSize = 12;
    private const int MaxName = 255, MaxLabel = 63;

    /// <summary>Reads a packet. NoError: it is a question for us; otherwise the code to answer with, or null not to answer at all.</summary>
    public static DnsCode? Parse(ReadOnlySpan<byte> packet, out DnsQuery query)
    {
        query = default;
        // what is no query gets no answer, or two servers could talk for ever
        if (packet.Length < HeaderSize || (packet[2] & 0x80) != 0) return null;
        query = new(packet[..HeaderSize].ToArray(), [], "", 0, false);
        if ((packet[2] & 0x78) != 0) return DnsCode.NotImp;
        if (BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) != 1) return DnsCode.FormErr;

        var name = new StringBuilder();
        int at = HeaderSize;
        while (true)
        {
            if (at >= packet.Length) return DnsCode.FormErr;
            int length = packet[at++];
            if (length == 0) break;
            // nothing stands before the question that a pointer (RFC 1035 §4.1.4) could point to
            if (length > MaxLabel || at + length > packet.Length || at + length - HeaderSize > MaxName) return DnsCode.FormErr;
            if (name.Length > 0) name.Append('.');
            foreach (byte b in packet.Slice(at, length)) name.Append(char.ToLowerInvariant((char)b));
            at += length;
        }
        if (at + 4 > packet.Length) return DnsCode.FormErr;
        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
        at += 4;
        query = new(query.Header, packet[HeaderSize..at].ToArray(), name.ToString(), type, HasOpt(packet, at));
        return BinaryPrimitives.ReadUInt16BigEndian(packet[(at - 2)..]) == 1 ? DnsCode.NoError : DnsCode.Refused; // class IN
    }

    // RFC 6891 §6.1.2: the root, then type 41; queries have nothing else behind the question
    private static bool HasOpt(ReadOnlySpan<byte> packet, int at) =>
        BinaryPrimitives.ReadUInt16BigEndian(packet[10..]) > 0 && at + 11 <= packet.Length && packet[at] == 0
        && BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 1)..]) == (ushort)DnsType.Opt;
}

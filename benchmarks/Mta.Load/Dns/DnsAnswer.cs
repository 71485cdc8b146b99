using System.Buffers.Binary;

namespace Mta.Load.Dns;

/// <summary>A record of the name that was asked for.</summary>
internal readonly record struct DnsRecord(DnsType Type, byte[] Data);

/// <summary>What the zone says to a question.</summary>
internal sealed record DnsAnswer(DnsCode Code, IReadOnlyList<DnsRecord> Records)
{
    // Short, so that a long-running relay sees changes between two runs of the sink.
    private const uint Ttl = 60, NegativeTtl = 5;
    private const ushort UdpSize = 1232;
    private static readonly byte[] Soa = [.. EncodeName("ns.test"), .. EncodeName("root.test"), .. Number(1), .. Number(3600), .. Number(600), .. Number(86400), .. Number(NegativeTtl)];

    public static DnsAnswer NoData { get; } = new(DnsCode.NoError, []);

    /// <summary>The answer as a packet (RFC 1035 §4.1), authoritative.</summary>
    /// <param name="truncated">Without records, and with the bit that sends the client to TCP.</param>
    public byte[] Encode(DnsQuery query, bool truncated = false)
    {
        var records = truncated ? [] : Records;
        // RFC 2308 §3: the SOA says how long that there is nothing may be remembered
        bool negative = !truncated && records.Count == 0 && Code is DnsCode.NoError or DnsCode.NxDomain && query.Question.Length > 0;
        byte[] packet =
        [
            .. query.Header.AsSpan(0, 2), (byte)(0x84 | (truncated ? 2 : 0) | (query.Header[2] & 1)), (byte)Code,
            0, (byte)(query.Question.Length > 0 ? 1 : 0), 0, (byte)records.Count, 0, (byte)(negative ? 1 : 0), 0, (byte)(query.HasEdns ? 1 : 0),
            .. query.Question,
            .. records.SelectMany(r => Record([0xC0, DnsQuery.HeaderSize], r.Type, Ttl, r.Data)),
            .. negative ? Record(EncodeName("test"), DnsType.Soa, NegativeTtl, Soa) : [],
            .. query.HasEdns ? (byte[])[0, 0, (byte)DnsType.Opt, UdpSize >> 8, UdpSize & 0xFF, 0, 0, 0, 0, 0, 0] : [],
        ];
        return packet;
    }

    /// <summary>A name of our own as it goes over the wire; "" is the root.</summary>
    public static byte[] EncodeName(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. System.Text.Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Record(byte[] name, DnsType type, uint ttl, byte[] data) =>
        [.. name, 0, (byte)type, 0, 1, .. Number(ttl), (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Number(uint value)
    {
        byte[] octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        return octets;
    }
}

using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mta.Tests.Bench;

/// <summary>
/// A name server on a loopback port, UDP and TCP, that says what a test tells it. A name without records is NXDOMAIN; with records of
/// another type, an empty answer with an SOA.
/// </summary>
internal sealed class DnsStub : IAsyncDisposable
{
    public const int A = 1, Cname = 5, Soa = 6, Ptr = 12, Mx = 15, Txt = 16, Aaaa = 28;
    private const int ServFail = 2, NxDomain = 3, Refused = 5;
    private readonly ConcurrentDictionary<string, List<(int Type, byte[] Data)>> _zone = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.OrdinalIgnoreCase);
    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _questions;

    public DnsStub()
    {
        // the same port for both: try until one is free
        while (true)
        {
            _tcp = new(IPAddress.Loopback, 0);
            _tcp.Start();
            try
            {
                _udp = new(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)_tcp.LocalEndpoint).Port));
                break;
            }
            catch (SocketException)
            {
                _tcp.Dispose();
            }
        }
        _serving = Task.WhenAll(ServeUdp(), ServeTcp());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndpoint;

    /// <summary>Questions answered or ignored so far.</summary>
    public int Questions => Volatile.Read(ref _questions);
    public uint Ttl { get; set; } = 300;

    public DnsStub Add(string name, int type, string value)
    {
        byte[] data = type switch
        {
            A or Aaaa => IPAddress.Parse(value).GetAddressBytes(),
            Cname or Ptr => Name(value),
            // RFC 1035 §3.3.14: parts of at most 255 octets
            Txt => [.. Encoding.UTF8.GetBytes(value).Chunk(255).SelectMany(part => (byte[])[(byte)part.Length, .. part])],
            Mx => [0, byte.Parse(value.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), .. Name(value.Split(' ')[1])],
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        _zone.GetOrAdd(name, _ => []).Add((type, data));
        return this;
    }

    /// <summary>
    /// <paramref name="fault"/>: servfail, refused, silence, truncate (the answer comes by TCP alone), garbage, or a lie: wrong-id, wrong-question,
    /// wrong-owner (records that were not asked for), cut-short, loop (names that point at themselves).
    /// </summary>
    public DnsStub Fault(string name, string fault)
    {
        _faults[name] = fault;
        return this;
    }

    public void Heal(string name) => _faults.TryRemove(name, out _);

    private async Task ServeUdp()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var request = await _udp.ReceiveAsync(_stop.Token);
                if (Answer(request.Buffer, udp: true) is { } answer) await _udp.SendAsync(answer, request.RemoteEndPoint, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
        }
    }

    private async Task ServeTcp()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                byte[] request = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(request, _stop.Token);
                if (Answer(request, udp: false) is not { } answer) continue;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException) { }
        }
    }

    private byte[]? Answer(byte[] request, bool udp)
    {
        Interlocked.Increment(ref _questions);
        var labels = new List<string>();
        int at = 12;
        while (request[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(request, at + 1, request[at]));
            at += request[at] + 1;
        }
        at++;
        string name = string.Join('.', labels);
        int type = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(at));
        byte[] question = request[12..(at + 4)];
        _faults.TryGetValue(name, out string? fault);
        if (fault == "silence") return null;
        if (fault == "garbage") return [1, 2, 3];
        if (fault == "loop") return [request[0], request[1], 0x84, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. question, 0xC0, (byte)(12 + question.Length), 0, 15, 0, 1, 0, 0, 0, 9, 0, 4, 0, 1, 0xC0, 12];

        bool known = _zone.TryGetValue(name, out var records);
        var matching = fault is "servfail" or "refused" || records is null ? [] : records.Where(r => r.Type == type || r.Type == Cname).ToArray();
        bool truncate = fault == "truncate" && udp;
        if (truncate) matching = [];
        int code = fault switch { "servfail" => ServFail, "refused" => Refused, _ => known ? 0 : NxDomain };
        byte[] soa = matching.Length > 0 || fault is not null ? [] : Record(name, Soa, [.. Name("ns.test"), .. Name("root.test"), .. new byte[16], 0, 0, 0, 60]);
        byte[] header = new byte[12];
        request.AsSpan(0, 2).CopyTo(header);
        if (fault == "wrong-id") header[0] ^= 0xFF;
        if (fault == "wrong-question") question[1] ^= 1;
        header[2] = (byte)(0x84 | (truncate ? 2 : 0));
        header[3] = (byte)(0x80 | code);
        header[5] = 1;
        header[7] = (byte)matching.Length;
        header[9] = (byte)(soa.Length > 0 ? 1 : 0);
        string owner = fault == "wrong-owner" ? "somebody.else.test" : name;
        byte[] answer = [.. header, .. question, .. matching.SelectMany(r => Record(owner, r.Type, r.Data)), .. soa];
        return fault == "cut-short" ? answer[..^5] : answer;
    }

    private byte[] Record(string name, int type, byte[] data)
    {
        byte[] fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, (ushort)type);
        fixedPart[3] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(fixedPart.AsSpan(4), Ttl);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)data.Length);
        return [.. Name(name), .. fixedPart, .. data];
    }

    private static byte[] Name(string name) => name == "."
        ? [0]
        : [.. name.TrimEnd('.').Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
    }
}

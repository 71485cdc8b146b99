using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mta.Load.Sink;

namespace Mta.Load.Dns;

/// <summary>An authoritative name server for a <see cref="SinkZone"/>, UDP and TCP on one port.</summary>
internal sealed class DnsServer : IAsyncDisposable
{
    private const int MaxPacket = 4096, MaxTcp = 100, MaxSlow = 10_000;
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(2), TcpLimit = TimeSpan.FromSeconds(10);

    private readonly SinkZone _zone;
    private readonly TimeProvider _clock;
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _clients, _delayed;

    private DnsServer(Socket udp, Socket tcp, SinkZone zone, TimeProvider clock)
    {
        (_udp, _tcp, _zone, _clock) = (udp, tcp, zone, clock);
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndPoint!;

    /// <summary>Binds UDP and TCP; throws <see cref="IOException"/>.</summary>
    public static DnsServer Start(IPEndPoint endPoint, SinkZone zone, TimeProvider clock)
    {
        // with port 0 the system chooses for TCP what may be taken for UDP
        for (int tries = 0; ; tries++)
        {
            var tcp = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            var udp = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(endPoint);
                udp.Bind(tcp.LocalEndPoint!);
                tcp.Listen();
                return new(udp, tcp, zone, clock);
            }
            catch (SocketException) when (endPoint.Port == 0 && tries < 20)
            {
                tcp.Dispose();
                udp.Dispose();
            }
            catch (SocketException e)
            {
                tcp.Dispose();
                udp.Dispose();
                throw new IOException($"cannot answer the DNS on {endPoint}: {e.Message}", e);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        byte[] buffer = new byte[MaxPacket];
        var any = new IPEndPoint(_udp.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, any, _stop.Token);
                if (Answer(buffer.AsSpan(0, received.ReceivedBytes), udp: true, out bool slow) is not { } answer) continue;
                if (slow) SendLater(answer, received.RemoteEndPoint);
                else await _udp.SendToAsync(answer, received.RemoteEndPoint, _stop.Token);
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // an ICMP message about an earlier answer
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async void SendLater(byte[] answer, EndPoint client)
    {
        if (Interlocked.Increment(ref _delayed) <= MaxSlow)
        {
            try
            {
                await Task.Delay(Slowness, _clock, _stop.Token);
                await _udp.SendToAsync(answer, client, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // the client will ask again
            }
        }
        Interlocked.Decrement(ref _delayed);
    }

    private async Task ServeTcpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                ServeClient(await _tcp.AcceptAsync(_stop.Token));
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), _clock);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    // RFC 7766: several questions on one connection, each with its length in front
    private async void ServeClient(Socket client)
    {
        using var _ = client;
        if (Interlocked.Increment(ref _clients) <= MaxTcp)
        {
            try
            {
                using var stream = new NetworkStream(client);
                byte[] buffer = new byte[MaxPacket];
                while (true)
                {
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                    limit.CancelAfter(TcpLimit);
                    await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), limit.Token);
                    int length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                    if (length > MaxPacket) break;
                    await stream.ReadExactlyAsync(buffer.AsMemory(0, length), limit.Token);
                    if (Answer(buffer.AsSpan(0, length), udp: false, out bool slow) is not { } answer) continue;
                    if (slow) await Task.Delay(Slowness, _clock, limit.Token);
                    await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], limit.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // the client is gone, or too slow
            }
        }
        Interlocked.Decrement(ref _clients);
    }

    private byte[]? Answer(ReadOnlySpan<byte> packet, bool udp, out bool slow)
    {
        slow = false;
        if (DnsQuery.Parse(packet, out var query) is not { } code) return null;
        if (code != DnsCode.NoError) return new DnsAnswer(code, []).Encode(query);
        var (answer, how) = _zone.Find(query.Name, query.Type);
        slow = how == DnsBehaviour.Slow;
        return how == DnsBehaviour.Timeout ? null : answer.Encode(query, truncated: udp && how == DnsBehaviour.Truncate);
    }
}

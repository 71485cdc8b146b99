using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mta.Testing;

namespace Mta.Tests.Net;

/// <summary>A client on a real socket, under TLS if it asked for it.</summary>
internal abstract class SocketPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private Stream _stream;
    private int _start, _end;

    protected SocketPeer(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static async Task<Socket> OpenAsync(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, Cancel);
        return socket;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await _stream.WriteAsync(octets, Cancel);
        }
        catch (IOException)
        {
            // the server closed, which the reading shows
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public virtual async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            int lf = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (lf >= 0)
            {
                string line = LineEncoding.GetString(_buffer, _start, lf - 1);
                _start += lf + 1;
                return line;
            }
            if (await FillAsync() == 0) return null;
        }
    }

    protected virtual Encoding LineEncoding => Encoding.UTF8;

    /// <summary>Octets of one network read, as they arrived.</summary>
    public async Task<string> ReadOnceAsync()
    {
        await FillAsync();
        string text = Encoding.Latin1.GetString(_buffer, _start, _end - _start);
        _start = _end;
        return text;
    }

    public Task StartTlsAsync() => StartTlsAsync(TestServer.TlsCertificate.GetCertHashString());

    /// <summary>Shakes hands with a server that must have this certificate.</summary>
    public async Task StartTlsAsync(string hash)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate!.GetCertHashString() == hash);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = SmtpScript.Hostname }, Cancel);
        _stream = tls;
    }

    public async Task<string> ReadRestAsync()
    {
        if (_stream is SslStream tls) await tls.ShutdownAsync();
        _socket.Shutdown(SocketShutdown.Send);
        var rest = new StringBuilder();
        while (await ReadLineAsync() is { } line) rest.AppendLine(line);
        return rest.ToString();
    }

    /// <summary>Goes away as a crashed machine does: with a reset.</summary>
    public void Vanish()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _stream.Dispose();

    private async Task<int> FillAsync()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        try
        {
            int count = await _stream.ReadAsync(_buffer.AsMemory(_end), Cancel);
            _end += count;
            return count;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

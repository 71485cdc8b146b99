using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mta.Testing;

namespace Mta.Tests.Net;

/// <summary>A client on a real socket, under TLS and compressed if it asked for it.</summary>
internal abstract class SocketPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private readonly PieceStream _wire;
    private Stream _stream; // what is sent goes there in the clear
    private Stream _input, _output;
    private int _start, _end;

    protected SocketPeer(Socket socket)
    {
        _socket = socket;
        _input = _output = _stream = _wire = new(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>At most so many octets go over the wire at once.</summary>
    public int PieceSize { set => _wire.Size = value; }

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
            await _output.WriteAsync(octets, Cancel);
            await _output.FlushAsync(Cancel);
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
        _input = _output = _stream = tls;
    }

    /// <summary>All from here on is compressed, both ways.</summary>
    public void BeginCompression()
    {
        _input = new DeflateStream(_stream, CompressionMode.Decompress, leaveOpen: true);
        _output = new DeflateStream(_stream, CompressionLevel.Fastest, leaveOpen: true);
    }

    /// <summary>Nothing is from here on.</summary>
    public void EndCompression() => _input = _output = _stream;

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
            int count = await _input.ReadAsync(_buffer.AsMemory(_end), Cancel);
            _end += count;
            return count;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The network, on which writes are as small as is wished for.</summary>
    private sealed class PieceStream(NetworkStream network) : Stream
    {
        public int Size { get; set; } = int.MaxValue;

        public override bool CanRead => true;
        public override bool CanWrite => true;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => network.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (; !buffer.IsEmpty; buffer = buffer[Math.Min(Size, buffer.Length)..]) await network.WriteAsync(buffer[..Math.Min(Size, buffer.Length)], cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => network.FlushAsync(cancellationToken);

        public override void Flush() => network.Flush();

        public override int Read(byte[] buffer, int offset, int count) => network.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => network.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) network.Dispose();
            base.Dispose(disposing);
        }
    }
}

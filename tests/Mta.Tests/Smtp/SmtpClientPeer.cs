using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mta.Testing;
using Mta.Tests.Spool;

namespace Mta.Tests.Smtp;

/// <summary>A client on a real socket, under TLS if it asked for it.</summary>
internal sealed class SmtpClientPeer : ITranscriptPeer, IDisposable
{
    private readonly SmtpServer _server;
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private Stream _stream;
    private int _start, _end;
    private string? _greeting;

    private SmtpClientPeer(SmtpServer server, Socket socket)
    {
        _server = server;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SmtpClientPeer> ConnectAsync(SmtpServer server)
    {
        var socket = new Socket(server.Local.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Local, Cancel);
        return new(server, socket);
    }

    /// <summary>Takes the connection under TLS before the dialogue begins, which then sees the greeting.</summary>
    public async Task BeginUnderTlsAsync()
    {
        string? greeting = await ReadLineAsync();
        await CommandAsync("EHLO client.example");
        await CommandAsync("STARTTLS");
        await StartTlsAsync();
        _greeting = greeting;
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

    /// <summary>Sends a line, and returns the last line of the reply.</summary>
    public async Task<string?> CommandAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    public async Task<string?> ReplyAsync()
    {
        string? reply;
        do reply = await ReadLineAsync();
        while (reply?[3] == '-');
        return reply;
    }

    public async Task<string?> ReadLineAsync()
    {
        if (_greeting is { } greeting)
        {
            _greeting = null;
            return greeting;
        }
        while (true)
        {
            int lf = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (lf >= 0)
            {
                string line = Encoding.UTF8.GetString(_buffer, _start, lf - 1);
                _start += lf + 1;
                return line;
            }
            if (await FillAsync() == 0) return null;
        }
    }

    /// <summary>Octets of one network read, as they arrived.</summary>
    public async Task<string> ReadOnceAsync()
    {
        await FillAsync();
        string text = Encoding.Latin1.GetString(_buffer, _start, _end - _start);
        _start = _end;
        return text;
    }

    public Task StartTlsAsync() => StartTlsAsync(SmtpServer.TlsCertificate.GetCertHashString());

    /// <summary>Shakes hands with a server that must have this certificate.</summary>
    public async Task StartTlsAsync(string hash)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate!.GetCertHashString() == hash);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = SmtpScript.Hostname }, Cancel);
        _stream = tls;
    }

    public async Task<StoredMessage> NextStoredAsync()
    {
        var stored = await _server.NextStoredAsync();
        string text = Encoding.Latin1.GetString(stored.Body.ReadAll());
        // our Received field comes first; its lines after the first are folded
        int end = text.IndexOf("\r\n", StringComparison.Ordinal);
        while (end + 2 < text.Length && text[end + 2] == '\t') end = text.IndexOf("\r\n", end + 2, StringComparison.Ordinal);
        Assert.StartsWith("Received: from ", text, StringComparison.Ordinal);
        return new(stored.Envelope.ReversePath, [.. stored.Envelope.Recipients.Select(r => r.Address)], text[(end + 2)..]);
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
        if (_start == _end) _start = _end = 0;
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

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace Mta.Tests.Bench;

/// <summary>
/// An SMTP server on loopback that does what a test tells it to. Without a script it is an orderly server with
/// <see cref="Capabilities"/>, whose replies <see cref="Reply"/> may replace; with one it says exactly what the script says.
/// </summary>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<SmtpPeer, Task>? _script;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<SmtpPeer, bool> _peers = new();
    private readonly Channel<ServedMessage> _messages = Channel.CreateUnbounded<ServedMessage>();
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private int _accepted;
    private int _open;
    private int _mostOpen;

    /// <param name="script">Speaks with one connection; it is closed when the script ends.</param>
    /// <param name="address">127.0.0.1, or another of 127.0.0.0/8 to have several hosts.</param>
    public ScriptedSmtpServer(Func<SmtpPeer, Task>? script = null, string address = "127.0.0.1", int port = 0)
    {
        _script = script;
        _listener = new(IPAddress.Parse(address), port);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = Accept();
    }

    public IPEndPoint EndPoint { get; }
    public string[] Capabilities { get; init; } = ["PIPELINING", "8BITMIME", "SIZE 10000000"];

    /// <summary>With one, STARTTLS is offered.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Given a command ("EHLO x", "RCPT TO:&lt;a@b&gt;", "." for the end of the message, "" for the greeting): another reply, or null.</summary>
    public Func<string, string?> Reply { get; init; } = _ => null;

    /// <summary>Awaited before the reply to the end of each message: holds messages in flight.</summary>
    public Func<Task> BeforeAccepting { get; init; } = () => Task.CompletedTask;

    public int Accepted => Volatile.Read(ref _accepted);
    public int Open => Volatile.Read(ref _open);
    public int MostOpen => Volatile.Read(ref _mostOpen);

    /// <summary>The next message that was taken.</summary>
    public async Task<ServedMessage> NextAsync() => await _messages.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public bool TryNext(out ServedMessage? message) => _messages.Reader.TryRead(out message);

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                _ = Serve(new SmtpPeer(socket, Interlocked.Increment(ref _accepted)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(SmtpPeer peer)
    {
        _peers.TryAdd(peer, true);
        lock (_lock) _mostOpen = Math.Max(_mostOpen, ++_open);
        try
        {
            await (_script ?? Orderly)(peer);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // the client has left, which some tests want
        }
        finally
        {
            lock (_lock) _open--;
            peer.Close();
            _peers.TryRemove(peer, out _);
        }
    }

    private async Task Orderly(SmtpPeer peer)
    {
        string from = "";
        var recipients = new List<string>();
        if (!await Answer(peer, "", "220 scripted.example ESMTP")) return;
        while (await peer.ReadLineAsync() is { } line)
        {
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    string[] lines = ["scripted.example", .. Capabilities, .. Certificate is not null && !peer.IsSecured ? ["STARTTLS"] : Array.Empty<string>()];
                    if (!await Answer(peer, line, string.Join("\r\n", lines.Select((l, i) => (i < lines.Length - 1 ? "250-" : "250 ") + l)))) return;
                    break;
                case "STARTTLS" when Certificate is not null:
                    if (!await Answer(peer, line, "220 go ahead")) return;
                    await peer.StartTlsAsync(Certificate);
                    break;
                case "MAIL":
                    (from, recipients) = (line, []);
                    if (!await Answer(peer, line, "250 2.1.0 Ok")) return;
                    break;
                case "RCPT":
                    string reply = Reply(line) ?? "250 2.1.5 Ok";
                    if (reply[0] == '2') recipients.Add(line);
                    if (!await Say(peer, reply)) return;
                    break;
                case "DATA":
                    string go = Reply(line) ?? (recipients.Count > 0 ? "354 go ahead" : "503 5.5.1 no recipients");
                    if (!await Say(peer, go)) return;
                    if (go[0] == '3' && !await Take(peer, from, recipients, await peer.ReadDataAsync())) return;
                    break;
                case "BDAT":
                    byte[] chunk = await peer.ReadAsync(int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
                    if (recipients.Count == 0) await peer.WriteAsync("503 5.5.1 no recipients\r\n");
                    else if (!await Take(peer, from, recipients, chunk)) return;
                    break;
                case "QUIT":
                    await Answer(peer, line, "221 2.0.0 Bye");
                    return;
                default:
                    if (!await Answer(peer, line, "250 2.0.0 Ok")) return;
                    break;
            }
        }
    }

    private async Task<bool> Take(SmtpPeer peer, string from, List<string> recipients, byte[] body)
    {
        await BeforeAccepting();
        string reply = Reply(".") ?? "250 2.0.0 queued";
        if (reply[0] == '2' && recipients.Count > 0) await _messages.Writer.WriteAsync(new(peer.Number, from, [.. recipients], body, peer.IsSecured));
        return await Say(peer, reply);
    }

    private Task<bool> Answer(SmtpPeer peer, string command, string usual) => Say(peer, Reply(command) ?? usual);

    /// <summary>
    /// "close" and "reset" as replies end the connection so; "stall" says nothing, "endless" never comes to its last line, "binary" is noise.
    /// </summary>
    private static async Task<bool> Say(SmtpPeer peer, string reply)
    {
        if (reply == "reset") peer.Reset();
        if (reply is "close" or "reset") return false;
        if (reply == "endless")
            while (true) await peer.WriteAsync("250-and another line\r\n");
        if (reply == "binary") await peer.WriteAsync([.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))]);
        if (reply is "stall" or "binary")
        {
            while (await peer.ReadLineAsync() is not null) { }
            return false;
        }
        await peer.WriteAsync(reply + "\r\n");
        return !reply.StartsWith("421", StringComparison.Ordinal);
    }

    /// <summary>Closes all connections, as a server that is restarted.</summary>
    public void CloseAll()
    {
        foreach (var peer in _peers.Keys) peer.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseAll();
        await _accepting;
        _stop.Dispose();
    }
}

/// <summary>What an orderly server has taken.</summary>
/// <param name="Connection">The how-manieth connection brought it.</param>
public sealed record ServedMessage(int Connection, string Mail, string[] Rcpts, byte[] Body, bool IsSecured)
{
    public string Text => Encoding.Latin1.GetString(Body);
}

/// <summary>The server's end of one connection.</summary>
public sealed class SmtpPeer(Socket socket, int number)
{
    private readonly byte[] _buffer = new byte[8192];
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private int _start;
    private int _end;

    public int Number { get; } = number;
    public bool IsSecured { get; private set; }

    public async Task WriteAsync(string text)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        await _stream.FlushAsync();
    }

    public async Task WriteAsync(byte[] octets) => await _stream.WriteAsync(octets);

    /// <summary>A line without its CRLF; null when the client has closed.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = await ReadRawLineAsync();
        return line is null ? null : Encoding.UTF8.GetString(line).TrimEnd('\r', '\n');
    }

    /// <summary>A message with its dots unstuffed, up to the lone dot.</summary>
    public async Task<byte[]> ReadDataAsync()
    {
        var body = new MemoryStream();
        while (true)
        {
            byte[] line = await ReadRawLineAsync() ?? throw new IOException("closed in the middle of a message");
            if (!line.AsSpan().EndsWith("\r\n"u8) || line.AsSpan(0, line.Length - 2).ContainsAny((byte)'\r', (byte)'\n'))
                throw new InvalidDataException("a bare CR or LF");
            if (line.AsSpan().SequenceEqual(".\r\n"u8)) return body.ToArray();
            body.Write(line.AsSpan(line[0] == '.' ? 1 : 0));
        }
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        byte[] octets = new byte[count];
        for (int at = 0; at < count;)
        {
            if (_start == _end && !await Fill()) throw new IOException("closed in the middle of a chunk");
            int take = Math.Min(count - at, _end - _start);
            _buffer.AsSpan(_start, take).CopyTo(octets.AsSpan(at));
            (_start, at) = (_start + take, at + take);
        }
        return octets;
    }

    public async Task StartTlsAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsServerAsync(certificate);
        (_stream, IsSecured) = (tls, true);
    }

    public void Close() => _stream.Dispose();

    /// <summary>Closes with RST.</summary>
    public void Reset()
    {
        socket.LingerState = new(true, 0);
        socket.Close();
    }

    private async Task<byte[]?> ReadRawLineAsync()
    {
        var line = new MemoryStream();
        while (true)
        {
            if (_start == _end && !await Fill()) return null;
            int feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            int take = feed < 0 ? _end - _start : feed + 1;
            line.Write(_buffer, _start, take);
            _start += take;
            if (feed >= 0) return line.ToArray();
        }
    }

    private async Task<bool> Fill()
    {
        (_start, _end) = (0, await _stream.ReadAsync(_buffer));
        return _end > 0;
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mta.Load.Tests.Load;

/// <summary>A small SMTP or LMTP server on loopback that keeps what it is told and answers as the test says.</summary>
internal sealed class LoadServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public LoadServer()
    {
        _listener.Start(512);
        Target = new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        _accepting = Accept();
    }

    public DnsEndPoint Target { get; }

    /// <summary>What EHLO offers.</summary>
    public string[] Offers { get; init; } = ["PIPELINING", "8BITMIME", "CHUNKING"];

    /// <summary>The reply to a command line, or to "." for the text; null for the usual one. "close" closes, "stall" says nothing more.</summary>
    public Func<string, string?> Answer { get; init; } = _ => null;

    public ConcurrentQueue<string> Commands { get; } = [];

    /// <summary>Texts as they came, dots undone.</summary>
    public ConcurrentQueue<string> Messages { get; } = [];

    /// <summary>With it, STARTTLS is offered, or TLS spoken from the beginning.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool IsImplicit { get; init; }

    /// <summary>The addresses that connections came from.</summary>
    public ConcurrentBag<IPAddress> Sources { get; } = [];

    /// <summary>Commands that came over TLS.</summary>
    public int Encrypted;

    /// <summary>Commands that came in the same packet as the one before them.</summary>
    public int Pipelined;

    public int Connections;

    /// <summary>No more connections.</summary>
    public void Refuse() => _listener.Stop();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _connections.Add(Serve(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // stopped, perhaps between two connections
        }
    }

    private async Task Serve(Socket socket)
    {
        Interlocked.Increment(ref Connections);
        socket.NoDelay = true;
        Sources.Add(((IPEndPoint)socket.RemoteEndPoint!).Address);
        await using var network = new NetworkStream(socket, ownsSocket: true);
        Stream stream = network;
        int recipients = 0;
        bool isLmtp = false;
        try
        {
            if (IsImplicit) stream = await Encrypt(network);
            var input = new LineReader(stream, _stop.Token);
            await Say("220 test");
            while (await input.Read() is { } line)
            {
                Commands.Enqueue(line);
                if (stream is SslStream) Interlocked.Increment(ref Encrypted);
                if (input.WasBuffered) Interlocked.Increment(ref Pipelined);
                string verb = line.Split(' ', ':')[0];
                string? answer = Answer(line);
                if (answer == "close") return;
                if (answer == "stall") await Task.Delay(Timeout.Infinite, _stop.Token);
                switch (verb)
                {
                    case "EHLO" or "LHLO":
                        isLmtp = verb == "LHLO";
                        await Say(answer ?? string.Join("\r\n", ["250-test", .. (string[])(Certificate is not null && stream == network ? ["250-STARTTLS"] : []), .. Offers.Select(o => "250-" + o), "250 HELP"]));
                        break;
                    case "STARTTLS":
                        await Say(answer ?? "220 go on");
                        stream = await Encrypt(network);
                        input = new LineReader(stream, _stop.Token);
                        break;
                    case "MAIL" or "RSET":
                        recipients = 0;
                        await Say(answer ?? "250 2.0.0 Ok");
                        break;
                    case "RCPT":
                        if (answer is null or ['2', ..]) recipients++;
                        await Say(answer ?? "250 2.1.5 Ok");
                        break;
                    case "DATA" when recipients == 0:
                        await Say("554 5.5.1 no valid recipients");
                        break;
                    case "DATA":
                        await Say(answer ?? "354 go on");
                        if (answer is not (null or ['3', ..])) break;
                        var text = new StringBuilder();
                        while (await input.Read() is { } l && l != ".") text.Append(l.StartsWith('.') ? l[1..] : l).Append("\r\n");
                        if (!await Finish(text.ToString())) return;
                        break;
                    case "BDAT":
                        if (!await Finish(await input.Read(int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)))) return;
                        break;
                    case "AUTH":
                        await Say(answer ?? "235 2.7.0 Ok");
                        break;
                    case "QUIT":
                        await Say("221 bye");
                        return;
                    default:
                        await Say("500 what?");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or AuthenticationException)
        {
        }

        Task Say(string reply) => stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), _stop.Token).AsTask();

        async Task<SslStream> Encrypt(Stream plain)
        {
            var tls = new SslStream(plain);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stop.Token);
            return tls;
        }

        async Task<bool> Finish(string text)
        {
            Messages.Enqueue(text);
            for (int i = 0; i < (isLmtp ? recipients : 1); i++)
            {
                string? answer = Answer($". {i}");
                if (answer == "close") return false;
                if (answer == "stall") await Task.Delay(Timeout.Infinite, _stop.Token);
                await Say(answer ?? "250 2.0.0 Ok: queued");
            }
            return true;
        }
    }

    private sealed class LineReader(Stream stream, CancellationToken cancel)
    {
        private readonly byte[] _buffer = new byte[256 * 1024];
        private int _start, _end;

        public bool WasBuffered { get; private set; }

        public async Task<string?> Read()
        {
            for (WasBuffered = true; ; WasBuffered = false)
            {
                int length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
                if (length >= 0)
                {
                    string line = Encoding.Latin1.GetString(_buffer, _start, length);
                    _start += length + 2;
                    return line;
                }
                if (!await Fill()) return null;
            }
        }

        public async Task<string> Read(int length)
        {
            var text = new StringBuilder();
            while (text.Length < length)
            {
                int take = Math.Min(length - text.Length, _end - _start);
                text.Append(Encoding.Latin1.GetString(_buffer, _start, take));
                _start += take;
                if (text.Length < length && !await Fill()) break;
            }
            return text.ToString();
        }

        private async Task<bool> Fill()
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            _end += read;
            return read > 0;
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mta.Load.Tests.Sink;

/// <summary>An SMTP client that says what a test wants, octet by octet.</summary>
internal sealed class SinkClient : IDisposable
{
    private readonly Socket _socket;
    private Stream _stream;

    private SinkClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SinkClient> Connect(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, Cancel);
        return new(socket);
    }

    /// <summary>Connects and says EHLO.</summary>
    public static async Task<SinkClient> Greet(IPEndPoint endPoint)
    {
        var client = await Connect(endPoint);
        Assert.StartsWith("220 ", await client.Reply(), StringComparison.Ordinal);
        Assert.StartsWith("250-", await client.Say("EHLO client.test"), StringComparison.Ordinal);
        return client;
    }

    public async Task<string> Say(string line)
    {
        await Send(line + "\r\n");
        return await Reply();
    }

    public Task Send(string octets) => _stream.WriteAsync(Encoding.Latin1.GetBytes(octets), Cancel).AsTask();

    /// <summary>A whole reply, its lines separated by LF; empty where the server closed.</summary>
    public async Task<string> Reply()
    {
        var lines = new StringBuilder();
        while (true)
        {
            string line = await Line();
            if (lines.Length > 0) lines.Append('\n');
            lines.Append(line);
            if (line.Length < 4 || line[3] != '-') return lines.ToString();
        }
    }

    public async Task<string> Deliver(string sender, string recipient, string content)
    {
        Assert.StartsWith("250", await Say($"MAIL FROM:<{sender}>"), StringComparison.Ordinal);
        string reply = await Say($"RCPT TO:<{recipient}>");
        if (reply[0] != '2')
        {
            if (!reply.StartsWith("421", StringComparison.Ordinal)) await Say("RSET");
            return reply;
        }
        Assert.StartsWith("354", await Say("DATA"), StringComparison.Ordinal);
        return await Say(content + ".");
    }

    public async Task StartTls()
    {
        Assert.StartsWith("220", await Say("STARTTLS"), StringComparison.Ordinal);
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=mta sink" }, Cancel);
        _stream = tls;
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task<string> Line()
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await _stream.ReadAsync(one, Cancel) == 1)
        {
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }
        return line.ToString();
    }
}

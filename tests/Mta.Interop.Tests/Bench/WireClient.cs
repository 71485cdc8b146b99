using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>A client that sends exactly the octets that it is given; no library comes between.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly TcpClient _client;
    private Stream _stream = Stream.Null;
    private WireReader _reader = null!;

    /// <param name="from">The local address; null: the system's choice.</param>
    private WireClient(IPAddress? from) => _client = new(new IPEndPoint(from ?? IPAddress.Loopback, 0)) { NoDelay = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Connects, and says EHLO.</summary>
    public static async Task<WireClient> Connect(int port, IPAddress? from = null)
    {
        var client = await Dial(port, from);
        Assert.StartsWith("220", await client.Reply(), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.Command("EHLO client.test"), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Connects and says nothing; the greeting is there to be read.</summary>
    public static async Task<WireClient> Dial(int port, IPAddress? from = null)
    {
        var client = new WireClient(from);
        try
        {
            await client._client.ConnectAsync(IPAddress.Loopback, port, Cancel);
        }
        catch
        {
            client.Dispose();
            throw;
        }
        client.Use(client._client.GetStream());
        return client;
    }

    /// <summary>STARTTLS, with whatever certificate, and EHLO.</summary>
    public async Task StartTls()
    {
        Assert.StartsWith("220", await Command("STARTTLS"), StringComparison.Ordinal);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Cancel);
        Use(tls);
        Assert.StartsWith("250", await Command("EHLO client.test"), StringComparison.Ordinal);
    }

    private void Use(Stream stream) => (_stream, _reader) = (stream, new(stream));

    /// <summary>Sends a line and returns the whole reply.</summary>
    public async Task<string> Command(string line)
    {
        await Send(Encoding.UTF8.GetBytes(line + "\r\n"));
        return await Reply();
    }

    /// <summary>A message by DATA. <paramref name="data"/> must be empty or end with CRLF: DATA cannot say anything else.</summary>
    /// <param name="parameters">Of MAIL, such as <c>BODY=8BITMIME</c>.</param>
    public async Task SendData(string from, string[] to, byte[] data, string parameters = "")
    {
        await SendEnvelope(from, to, parameters);
        Assert.StartsWith("354", await Command("DATA"), StringComparison.Ordinal);
        using var wire = new MemoryStream(data.Length + 1024);
        for (int start = 0; start < data.Length;)
        {
            int end = data.AsSpan(start).IndexOf("\r\n"u8) + start + 2;
            if (data[start] == '.') wire.WriteByte((byte)'.');
            wire.Write(data, start, end - start);
            start = end;
        }
        wire.Write(".\r\n"u8);
        await Send(wire.ToArray());
        Assert.StartsWith("250", await Reply(), StringComparison.Ordinal);
    }

    /// <summary>A message by BDAT, in chunks of the given size.</summary>
    public async Task SendChunks(string from, string[] to, byte[] data, int size, string parameters = "")
    {
        await SendEnvelope(from, to, parameters);
        int start = 0;
        do
        {
            int count = Math.Min(size, data.Length - start);
            bool isLast = start + count == data.Length;
            await Send([.. Encoding.ASCII.GetBytes($"BDAT {count}{(isLast ? " LAST" : "")}\r\n"), .. data.AsSpan(start, count)]);
            Assert.StartsWith("250", await Reply(), StringComparison.Ordinal);
            start += count;
        }
        while (start < data.Length);
    }

    private async Task SendEnvelope(string from, string[] to, string parameters)
    {
        Assert.StartsWith("250", await Command($"MAIL FROM:<{from}> {parameters}".TrimEnd()), StringComparison.Ordinal);
        foreach (string recipient in to) Assert.StartsWith("250", await Command($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
    }

    public ValueTask Send(byte[] octets) => _stream.WriteAsync(octets, Cancel);

    /// <summary>The next reply, whole.</summary>
    public async Task<string> Reply()
    {
        var reply = new StringBuilder();
        while (await _reader.Line(Cancel) is { } line)
        {
            string text = Encoding.UTF8.GetString(line.Span);
            reply.AppendLine(text);
            if (text.Length < 4 || text[3] != '-') return reply.ToString();
        }
        throw new IOException($"the server closed the connection after: {reply}");
    }

    public void Dispose() => _client.Dispose();
}

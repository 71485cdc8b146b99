using System.Net.Sockets;
using System.Text;
using Mta.Testing;
using Mta.Tests.Net;

namespace Mta.Tests.Pop3;

/// <summary>A POP3 client on a real socket, under TLS if it asked for it.</summary>
internal sealed class Pop3ClientPeer : SocketPeer, ITranscriptPeer
{
    private string? _greeting;

    private Pop3ClientPeer(Socket socket) : base(socket) { }

    protected override Encoding LineEncoding => Encoding.Latin1;

    public static async Task<Pop3ClientPeer> ConnectAsync(Pop3Server server) => new(await OpenAsync(server.Local));

    /// <summary>Takes the connection under TLS before the dialogue begins, which then sees the greeting.</summary>
    public async Task BeginUnderTlsAsync()
    {
        string? greeting = await ReadLineAsync();
        Assert.Equal("+OK begin TLS", await CommandAsync("STLS"));
        await StartTlsAsync();
        _greeting = greeting;
    }

    /// <summary>Sends a line, and returns the first line of the response.</summary>
    public async Task<string?> CommandAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadLineAsync();
    }

    /// <summary>Waits for the greeting and signs in; returns what that was answered with.</summary>
    public async Task<string?> SignInAsync(string user = Pop3Script.User)
    {
        Assert.StartsWith("+OK", await ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("+OK", await CommandAsync("USER " + user), StringComparison.Ordinal);
        return await CommandAsync("PASS " + Pop3Script.Password);
    }

    /// <summary>The rest of a multi-line response, its dots undone.</summary>
    public async Task<List<string>> LinesAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line && line != ".") lines.Add(line.StartsWith('.') ? line[1..] : line);
        return lines;
    }

    public override async Task<string?> ReadLineAsync()
    {
        if (_greeting is not { } greeting) return await base.ReadLineAsync();
        _greeting = null;
        return greeting;
    }

    public Task<StoredMessage> NextStoredAsync() => throw new NotSupportedException();
}

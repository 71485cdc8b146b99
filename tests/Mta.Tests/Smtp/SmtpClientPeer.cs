using System.Net.Sockets;
using System.Text;
using Mta.Testing;
using Mta.Tests.Net;
using Mta.Tests.Spool;

namespace Mta.Tests.Smtp;

/// <summary>A client on a real socket, under TLS if it asked for it.</summary>
internal sealed class SmtpClientPeer : SocketPeer, ITranscriptPeer
{
    private readonly SmtpServer _server;
    private string? _greeting;

    private SmtpClientPeer(SmtpServer server, Socket socket) : base(socket) => _server = server;

    public static async Task<SmtpClientPeer> ConnectAsync(SmtpServer server) => new(server, await OpenAsync(server.Local));

    /// <summary>Takes the connection under TLS before the dialogue begins, which then sees the greeting.</summary>
    public async Task BeginUnderTlsAsync()
    {
        string? greeting = await ReadLineAsync();
        await CommandAsync("EHLO client.example");
        await CommandAsync("STARTTLS");
        await StartTlsAsync();
        _greeting = greeting;
    }

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

    public override async Task<string?> ReadLineAsync()
    {
        if (_greeting is not { } greeting) return await base.ReadLineAsync();
        _greeting = null;
        return greeting;
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
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>A next hop in the test's own process: takes mail, remembers it, and answers each recipient as the test says.</summary>
internal sealed class RecordingSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _sessions = [];
    private readonly Task _accepting;

    public RecordingSink()
    {
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public ConcurrentQueue<ReceivedMessage> Messages { get; } = new();

    /// <summary>The reply to RCPT for an address.</summary>
    public Func<string, string> OnRecipient { get; set; } = _ => "250 2.1.5 ok";

    /// <summary>Recipients of all messages, with repetitions.</summary>
    public IEnumerable<string> Recipients => Messages.SelectMany(m => m.Recipients);

    public Task Received(int count) => Wait.For(() => Messages.Count >= count, TimeSpan.FromSeconds(60), () => $"{Messages.Count} of {count} messages arrived");

    private async Task Accept()
    {
        try
        {
            while (true) _sessions.Add(Serve(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException) { }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        client.NoDelay = true;
        try
        {
            var stream = client.GetStream();
            // Latin-1 keeps every octet
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Task Say(string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text + "\r\n"), _stop.Token).AsTask();
            await Say("220 sink.test ESMTP");
            string from = "";
            var recipients = new List<string>();
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                string verb = line.Split(' ', ':')[0].ToUpperInvariant();
                switch (verb)
                {
                    case "EHLO":
                        await Say("250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE");
                        break;
                    case "MAIL":
                        from = Path(line);
                        recipients.Clear();
                        await Say("250 2.1.0 ok");
                        break;
                    case "RCPT":
                        string reply = OnRecipient(Path(line));
                        if (reply[0] == '2') recipients.Add(Path(line));
                        await Say(reply);
                        break;
                    case "DATA":
                        await Say(recipients.Count > 0 ? "354 go on" : "554 5.5.1 no valid recipients");
                        if (recipients.Count == 0) break;
                        var text = new StringBuilder();
                        while (await reader.ReadLineAsync(_stop.Token) is { } data && data != ".")
                            text.Append(data.StartsWith('.') ? data[1..] : data).Append("\r\n");
                        Messages.Enqueue(new(from, [.. recipients], text.ToString()));
                        await Say("250 2.0.0 kept");
                        break;
                    case "QUIT":
                        await Say("221 2.0.0 bye");
                        return;
                    default:
                        await Say("250 2.0.0 ok");
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException) { }
    }

    private static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }
}

internal sealed record ReceivedMessage(string From, string[] Recipients, string Text);

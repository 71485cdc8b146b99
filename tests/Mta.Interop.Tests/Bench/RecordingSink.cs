using System.Collections.Concurrent;
using System.Globalization;
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

    /// <summary>What EHLO says, a line each.</summary>
    public string[] Extensions { get; init; } = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE"];

    /// <summary>All that we know, for <see cref="Extensions"/>.</summary>
    public static string[] Everything { get; } = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE", "DSN", "SMTPUTF8", "CHUNKING", "BINARYMIME"];

    /// <summary>The reply to RCPT for an address.</summary>
    public Func<string, string> OnRecipient { get; set; } = _ => "250 2.1.5 ok";

    /// <summary>What a new connection is told; anything but 220 is followed by its end.</summary>
    public string Greeting { get; set; } = "220 sink.test ESMTP";

    /// <summary>Called for each message once it is told that it was kept.</summary>
    public Action<ReceivedMessage> OnKept { get; set; } = _ => { };

    /// <summary>Recipients of all messages, with repetitions.</summary>
    public IEnumerable<string> Recipients => Messages.SelectMany(m => m.Recipients);

    public Task Received(int count) => Received(count, () => "");

    /// <param name="count">How many messages to wait for.</param>
    /// <param name="otherwise">What to show where they do not come: the log of who should have sent them.</param>
    public Task Received(int count, Func<string> otherwise) =>
        Wait.For(() => Messages.Count >= count, TimeSpan.FromSeconds(60), () => $"{Messages.Count} of {count} messages arrived\n{otherwise()}");

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
            await Converse(client.GetStream());
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException) { }
    }

    private async Task Converse(NetworkStream stream)
    {
        var reader = new WireReader(stream);
        Task Say(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"), _stop.Token).AsTask();
        string greeting = Greeting;
        await Say(greeting);
        if (!greeting.StartsWith("220", StringComparison.Ordinal)) return;
        string mail = "";
        var recipients = new List<string>();
        using var chunks = new MemoryStream();
        while (await reader.Line(_stop.Token) is { } bytes)
        {
            string line = Encoding.UTF8.GetString(bytes.Span);
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            switch (verb)
            {
                case "EHLO":
                    string[] lines = ["sink.test", .. Extensions];
                    await Say(string.Join("\r\n", lines.Select((text, i) => $"250{(i < lines.Length - 1 ? '-' : ' ')}{text}")));
                    break;
                case "MAIL":
                    mail = line;
                    recipients.Clear();
                    chunks.SetLength(0);
                    await Say("250 2.1.0 ok");
                    break;
                case "RCPT":
                    string reply = OnRecipient(ReceivedMessage.Path(line));
                    if (reply[0] == '2') recipients.Add(line);
                    await Say(reply);
                    break;
                case "DATA":
                    await Say(recipients.Count > 0 ? "354 go on" : "554 5.5.1 no valid recipients");
                    if (recipients.Count == 0) break;
                    if (await reader.Text(_stop.Token) is not { } text) return;
                    await Keep(new(mail, [.. recipients], text, IsChunked: false));
                    break;
                case "BDAT":
                    string[] words = line.Split(' ');
                    chunks.Write(await reader.Octets(int.Parse(words[1], CultureInfo.InvariantCulture), _stop.Token));
                    if (recipients.Count == 0) await Say("554 5.5.1 no valid recipients");
                    else if (words.Length > 2) await Keep(new(mail, [.. recipients], chunks.ToArray(), IsChunked: true));
                    else await Say("250 2.0.0 go on");
                    break;
                case "QUIT":
                    await Say("221 2.0.0 bye");
                    return;
                default:
                    await Say("250 2.0.0 ok");
                    break;
            }
        }

        async Task Keep(ReceivedMessage message)
        {
            Messages.Enqueue(message);
            await Say("250 2.0.0 kept");
            OnKept(message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions);
        _stop.Dispose();
    }
}

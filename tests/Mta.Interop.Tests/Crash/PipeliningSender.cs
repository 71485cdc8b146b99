using System.Net;
using System.Net.Sockets;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Crash;

/// <summary>Sends numbered messages over one connection, one after another, each in one write, until the server is gone or the load is to end.</summary>
internal static class PipeliningSender
{
    private const int RepliesPerMessage = 3;

    /// <param name="acknowledged">Called with the number of each message that was answered with 250.</param>
    /// <param name="stop">Ends the load between two messages.</param>
    /// <returns>The replies that were not 250.</returns>
    public static async Task<IReadOnlyList<string>> Run(int port, Func<int> next, Action<int> acknowledged, CancellationToken stop)
    {
        var refusals = new List<string>();
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(IPAddress.Loopback, port, stop);
            var stream = client.GetStream();
            var reader = new WireReader(stream);
            await Reply(reader);
            await stream.WriteAsync("EHLO client.test\r\n"u8.ToArray(), CancellationToken.None);
            await Reply(reader);
            while (!stop.IsCancellationRequested)
            {
                int number = next();
                await stream.WriteAsync(NumberedMail.Transaction(number), CancellationToken.None);
                string last = "";
                for (int i = 0; i < RepliesPerMessage; i++)
                    if ((last = await Reply(reader))[0] != '2') refusals.Add(last);
                if (last.StartsWith("250", StringComparison.Ordinal)) acknowledged(number);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // it died, which is what we wait for
        }
        return refusals;
    }

    private static async Task<string> Reply(WireReader reader)
    {
        while (await reader.Line(TestContext.Current.CancellationToken) is { } line)
        {
            string text = System.Text.Encoding.UTF8.GetString(line.Span);
            if (text.Length < 4 || text[3] != '-') return text;
        }
        throw new IOException("the server closed the connection");
    }
}

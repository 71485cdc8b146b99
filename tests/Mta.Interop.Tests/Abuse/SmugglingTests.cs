using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests.Abuse;

/// <summary>
/// What looks like the end of a message to somebody, through the real program to a next hop that keeps every octet: one message or an error, never
/// two, and nothing leaves us but CRLF and stuffed dots (RFC 5321 §2.3.8, §4.5.2).
/// </summary>
public sealed class SmugglingTests
{
    private static readonly string[] FalseEnds =
    [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\r.\n", "\n.\r", "\r\n\0.\r\n", "\r\n.\0\r\n", "\r\n.\r\r\n", "\r\r\n.\n", "\n\n.\r\n\n", "\r\n.\n\r\n",
    ];

    private const string Smuggled = "MAIL FROM:<evil@src.test>\r\nRCPT TO:<victim@dst.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";

    [Theory]
    [InlineData("refuse", false)]
    [InlineData("normalize", false)]
    [InlineData("normalize", true)]
    public async Task Is_one_message_or_none_at_every_split(string policy, bool tls)
    {
        using var certificate = new TestCertificate();
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(
            $"{certificate.Offer}\nsmtp.bare-newlines = {policy}\nlog.level = warning\nrelay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        int taken = 0;
        foreach (string end in FalseEnds)
        {
            await using var stream = await Connect(mta.SmtpPort, tls ? certificate : null);
            var reader = new WireReader(stream);
            string content = $"Subject: x\r\n\r\nbody{end}{Smuggled.TrimEnd()}\r\n.\r\n";
            // the smuggled text ends with a true end of data of its own, which is the true end of the outer message
            content = content[..^5] + "\r\n";
            int from = content.IndexOf("body", StringComparison.Ordinal) + 3;
            for (int split = from; split <= from + end.Length + 2; split++)
            {
                foreach (string command in (string[])["EHLO c", "MAIL FROM:<a@src.test>", "RCPT TO:<b@dst.test>", "DATA"])
                {
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"), TestContext.Current.CancellationToken);
                    await Reply(reader);
                }
                byte[] octets = Encoding.Latin1.GetBytes(content);
                await stream.WriteAsync(octets.AsMemory(0, split), TestContext.Current.CancellationToken);
                await stream.FlushAsync(TestContext.Current.CancellationToken);
                await stream.WriteAsync(octets.AsMemory(split), TestContext.Current.CancellationToken);
                string reply = await Reply(reader);
                if (reply[0] == '2') taken++;
                else Assert.StartsWith("5", reply, StringComparison.Ordinal);
                // one reply for one message: the next is that to RSET, and its text shows it
                await stream.WriteAsync("NOOP\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                Assert.StartsWith("250 2.0.0 ok", await Reply(reader), StringComparison.OrdinalIgnoreCase);
            }
        }
        await mta.Drained();
        CheckArrived(sink, taken);
        Assert.Equal(policy == "normalize", taken > 0);
    }

    [Fact]
    public async Task Chunks_cannot_say_it_either()
    {
        await using var sink = new RecordingSink();
        await using var mta = await MtaProcess.Start(
            $"smtp.bare-newlines = normalize\nsmtp.allow-nul = on\nlog.level = warning\nrelay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        int taken = 0;
        foreach (string end in FalseEnds.Append("\r\n.\r\n"))
        {
            string content = $"Subject: x\r\n\r\nbody{end}{Smuggled}";
            for (int size = 1; size <= content.Length; size = size < 8 ? size + 1 : size * 3)
            {
                using var client = await WireClient.Connect(mta.SmtpPort);
                await client.SendChunks("a@src.test", ["b@dst.test"], Encoding.Latin1.GetBytes(content), size);
                taken++;
            }
        }
        await mta.Drained();
        CheckArrived(sink, taken);
    }

    [Fact]
    public async Task What_is_behind_STARTTLS_is_nobodys_command()
    {
        using var certificate = new TestCertificate();
        await using var mta = await MtaProcess.Start(certificate.Offer);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, mta.SmtpPort, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        var reader = new WireReader(stream);
        await Reply(reader);
        await stream.WriteAsync("EHLO c\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await Reply(reader);
        await stream.WriteAsync("STARTTLS\r\nMAIL FROM:<evil@src.test>\r\nRCPT TO:<victim@dst.test>\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        // refused, and nothing that came with it is run: neither now nor under TLS
        string reply = await Reply(reader);
        Assert.StartsWith("5", reply, StringComparison.Ordinal);
        Assert.DoesNotContain("accepted", mta.Output, StringComparison.Ordinal);
    }

    private static void CheckArrived(RecordingSink sink, int taken)
    {
        Assert.Equal(taken, sink.Messages.Count);
        // RecordingSink takes CRLF alone for the end of a line, so whatever else were sent stands in the data as it is
        Assert.All(sink.Messages, message =>
        {
            Assert.Equal(["b@dst.test"], message.Recipients);
            string text = message.Text.Replace("\r\n", "", StringComparison.Ordinal);
            Assert.DoesNotContain('\r', text);
            Assert.DoesNotContain('\n', text);
        });
    }

    private static async Task<Stream> Connect(int port, TestCertificate? tls)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        Stream stream = client.GetStream();
        await Reply(new(stream));
        if (tls is null) return stream;
        await stream.WriteAsync("STARTTLS\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await Reply(new(stream));
        var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.GetCertHashString() == tls.Fingerprint);
        await secured.AuthenticateAsClientAsync("localhost");
        return secured;
    }

    private static async Task<string> Reply(WireReader reader)
    {
        while (await reader.Line(TestContext.Current.CancellationToken) is { } line)
        {
            string text = Encoding.UTF8.GetString(line.Span);
            if (text.Length < 4 || text[3] != '-') return text;
        }
        throw new IOException("the server closed the connection");
    }
}

using System.Buffers;
using System.Net;
using System.Text;
using CsCheck;
using Mta.Protocol.Smtp.Server;
using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

public class SessionTests
{
    private static readonly SmtpServerOptions Options = SmtpScript.Options(Transcript.Parse("options", ""));

    private static readonly Gen<byte[]> Dialogue = Gen.OneOf(
        Gen.OneOf(
            "EHLO c\r\n", "HELO c\r\n", "MAIL FROM:<a@b.example>\r\n", "MAIL FROM:<a@b.example> BODY=BINARYMIME SMTPUTF8\r\n", "RCPT TO:<a@b.example>\r\n",
            "RCPT TO:<a@refused.example>\r\n", "DATA\r\n", "BDAT 5\r\nabcde", "BDAT 5 LAST\r\nab\r\n\r", "BDAT 0 LAST\r\n", ".\r\n", "\r\n.\r\n",
            "text\r\n", "RSET\r\n", "STARTTLS\r\n", "\n", "\r")
            .Select(Encoding.ASCII.GetBytes),
        Gen.Byte.Array[1, 30])
        .Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray());

    /// <summary>Nothing that a client sends makes the session throw, and how it comes in pieces makes no difference.</summary>
    [Fact]
    public void Any_octets_have_the_same_answer_however_they_are_cut() =>
        Dialogue.Select(Gen.Int[1, 50].Array[0, 20]).Sample((octets, cuts) =>
        {
            var options = Options with { Extensions = Options.Extensions & ~SmtpExtensions.StartTls }; // whose answer depends on it by intent
            var (whole, cut) = (new SessionPeer(options, true, false, null), new SessionPeer(options, true, false, null));
            whole.Send(octets);
            int at = 0;
            foreach (int length in cuts.Append(octets.Length).Select(length => Math.Min(length, octets.Length - at)))
            {
                cut.Send(octets.AsSpan(at, length));
                at += length;
            }
            return whole.Output == cut.Output && Lines(whole.Output).All(line => line.Length is >= 4 and <= 510 && char.IsAsciiDigit(line[2]));

            static string[] Lines(string output) => output.Split("\r\n")[..^1];
        }, iter: 5000);

    [Fact]
    public void Endless_lines_and_messages_take_no_memory()
    {
        foreach (string prefix in new[] { "", "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n" })
        {
            var peer = new SessionPeer(Options, true, false, null);
            peer.Send(Encoding.ASCII.GetBytes(prefix));
            byte[] block = [.. Enumerable.Repeat((byte)'x', 65536)];
            peer.Send(block);
            peer.Send(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) peer.Send(block);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000);
        }
    }

    [Fact]
    public void A_completion_that_nobody_asked_for_is_an_error()
    {
        var session = new SmtpServerSession(Options, true, false, TimeProvider.System);
        Assert.Throws<InvalidOperationException>(() => session.RecipientAccepted(new ArrayBufferWriter<byte>()));
        Assert.Throws<InvalidOperationException>(() => session.MessageStored("x", new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [InlineData("HELO client.example\r\nMAIL FROM:<>\r\n", null, "SMTP")]
    [InlineData("EHLO client.example\r\nMAIL FROM:<>\r\n", null, "ESMTP")]
    [InlineData("EHLO client.example\r\nMAIL FROM:<> SMTPUTF8\r\n", null, "UTF8SMTP")]
    [InlineData("EHLO client.example\r\nMAIL FROM:<>\r\n", "TLSv1.3 X", "ESMTPS (TLSv1.3 X)")]
    [InlineData("EHLO client.example\r\nMAIL FROM:<> SMTPUTF8\r\n", "TLSv1.3 X", "UTF8SMTPS (TLSv1.3 X)")]
    public void Leaves_its_trace(string commands, string? tls, string protocol)
    {
        var session = new SmtpServerSession(Options, true, tlsAvailable: true, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>();
        if (tls is not null)
        {
            Assert.Equal(SmtpEffect.StartTls, session.Advance("STARTTLS\r\n"u8, output, out _));
            session.TlsEstablished(tls);
        }
        session.Advance(Encoding.ASCII.GetBytes(commands), output, out _);
        session.Advance("RCPT TO:<a@b.example>\r\n"u8, output, out _);
        session.RecipientAccepted(output);
        Assert.Equal(
            $"Received: from client.example ([192.0.2.1])\r\n\tby mx.test with {protocol} id ID\r\n\tfor <a@b.example>;\r\n\tMon, 23 Nov 2026 01:02:03 +0000\r\n",
            Trace(session, IPAddress.Parse("192.0.2.1")));

        // RFC 5321 §7.2: a second recipient is not told of the first
        session.Advance("RCPT TO:<b@b.example>\r\n"u8, output, out _);
        session.RecipientAccepted(output);
        string trace = Trace(session, IPAddress.Parse("2001:db8::1"));
        Assert.StartsWith("Received: from client.example ([IPv6:2001:db8::1])\r\n", trace, StringComparison.Ordinal);
        Assert.DoesNotContain("for <", trace, StringComparison.Ordinal);
    }

    private static string Trace(SmtpServerSession session, IPAddress client)
    {
        var body = new ArrayBufferWriter<byte>();
        session.WriteTrace(body, client, "ID", new(2026, 11, 23, 1, 2, 3, TimeSpan.Zero));
        return Encoding.ASCII.GetString(body.WrittenSpan);
    }
}

using System.Buffers;
using System.Net;
using System.Text;
using CsCheck;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp.Server;
using Mta.Protocol.Tests.Sasl;
using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

public class SessionTests
{
    private static readonly SmtpServerOptions Options = SmtpScript.Options(Transcript.Parse("options", ""));

    private static readonly Gen<byte[]> Dialogue = Gen.OneOf(
        Gen.OneOf(
            "EHLO c\r\n", "HELO c\r\n", "MAIL FROM:<a@b.example>\r\n", "MAIL FROM:<a@b.example> BODY=BINARYMIME SMTPUTF8\r\n", "RCPT TO:<a@b.example>\r\n",
            "RCPT TO:<a@refused.example>\r\n", "DATA\r\n", "BDAT 5\r\nabcde", "BDAT 5 LAST\r\nab\r\n\r", "BDAT 0 LAST\r\n", ".\r\n", "\r\n.\r\n",
            "text\r\n", "RSET\r\n", "STARTTLS\r\n", "AUTH PLAIN\r\n", "AUTH LOGIN dGlt\r\n", "AHRpbQB0YW5zdGFhZg==\r\n", "dGFuc3RhYWY=\r\n", "*\r\n", "\n", "\r")
            .Select(Encoding.ASCII.GetBytes),
        Gen.Byte.Array[1, 30])
        .Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray());

    /// <summary>Nothing that a client sends makes the session throw, and how it comes in pieces makes no difference.</summary>
    [Fact]
    public void Any_octets_have_the_same_answer_however_they_are_cut() =>
        Dialogue.Select(Gen.Int[1, 50].Array[0, 20]).Sample((octets, cuts) =>
        {
            var options = Options with { Auth = new(SaslMechanisms.All, false, true, 3), Extensions = Options.Extensions & ~SmtpExtensions.StartTls }; // whose answer depends on it by intent
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

    /// <summary>SCRAM through the session: it has no fixed text, so it is no transcript.</summary>
    [Fact]
    public async Task Scram_with_channel_binding_over_AUTH()
    {
        var script = Transcript.Parse("scram", "! auth\n! auth-required\n! tls");
        var peer = new SessionPeer(script);
        peer.Send("EHLO c\r\nSTARTTLS\r\n"u8);
        await peer.StartTlsAsync();
        peer.Send("EHLO c\r\n"u8);
        string Say(string line)
        {
            int before = peer.Output.Length;
            peer.Send(Encoding.ASCII.GetBytes(line + "\r\n"));
            return peer.Output[before..^2];
        }
        string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        string Decode(string reply) => Encoding.UTF8.GetString(Convert.FromBase64String(reply["334 ".Length..]));
        byte[] input = [.. "p=tls-server-end-point,,"u8, .. SessionPeer.Binding.Data.Span];

        string first = Decode(Say("AUTH SCRAM-SHA-256-PLUS " + Encode("p=tls-server-end-point,,n=tim,r=abc")));
        Assert.Equal("535 5.7.8 authentication credentials invalid", Say(Encode(SaslDialogue.Prove("wrong", "n=tim,r=abc", first, input).Final)));
        first = Decode(Say("AUTH SCRAM-SHA-256-PLUS " + Encode("p=tls-server-end-point,,n=tim,r=abc")));
        var (final, signature) = SaslDialogue.Prove(SmtpScript.Password, "n=tim,r=abc", first, input);
        Assert.Equal(signature, Decode(Say(Encode(final))));
        Assert.StartsWith("235 ", Say(""), StringComparison.Ordinal);
        // the list was shortened on its way to the client
        peer = new SessionPeer(script);
        peer.Send("EHLO c\r\nSTARTTLS\r\n"u8);
        await peer.StartTlsAsync();
        peer.Send("EHLO c\r\n"u8);
        Assert.StartsWith("535 ", Say("AUTH SCRAM-SHA-256 " + Encode("y,,n=tim,r=abc")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false, "ESMTPA")]
    [InlineData("TLSv1.3", false, "ESMTPSA (TLSv1.3)")]
    [InlineData("TLSv1.3", true, "UTF8SMTPSA (TLSv1.3)")]
    public void A_client_that_signed_in_shows_in_the_trace(string? tls, bool utf8, string protocol)
    {
        var session = new SmtpServerSession(Options with { Auth = new(SaslMechanisms.Plain, true, true, 3) }, false, false, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>();
        if (tls is not null) session.BeginUnderTls(tls);
        session.Advance("EHLO client.example\r\nAUTH PLAIN AGEAYg==\r\n"u8, output, out _);
        Assert.Equal(new SaslStep.CheckPassword("a", "b"), session.PendingStep);
        session.SignInAccepted("a@b.example", output);
        session.Advance(Encoding.ASCII.GetBytes($"MAIL FROM:<a@b.example>{(utf8 ? " SMTPUTF8" : "")}\r\n"), output, out _);
        Assert.Contains($" with {protocol} id ID;", Trace(session, IPAddress.Loopback), StringComparison.Ordinal);
        Assert.Equal("a@b.example", session.AccountName);
    }

    private static string Trace(SmtpServerSession session, IPAddress client)
    {
        var body = new ArrayBufferWriter<byte>();
        session.WriteTrace(body, client, "ID", new(2026, 11, 23, 1, 2, 3, TimeSpan.Zero));
        return Encoding.ASCII.GetString(body.WrittenSpan);
    }
}

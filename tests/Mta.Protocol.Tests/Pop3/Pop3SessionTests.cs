using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Pop3;
using Mta.Protocol.Tests.Sasl;
using Mta.Testing;

namespace Mta.Protocol.Tests.Pop3;

public class Pop3SessionTests
{
    private const string SignIn = "USER tim\r\nPASS tanst aaf\r\n";

    private static readonly Transcript Script = Transcript.Parse("session", "! in-the-clear");

    private static readonly Gen<byte[]> Dialogue = Gen.OneOf(
        Gen.OneOf(
            SignIn, "USER tim\r\n", "PASS x\r\n", "AUTH PLAIN\r\n", "AUTH PLAIN AHRpbQB0YW5zdCBhYWY=\r\n", "AHRpbQB0YW5zdCBhYWY=\r\n", "AUTH XOAUTH2 ", "*\r\n", "CAPA\r\n", "STAT\r\n", "LIST\r\n",
            "LIST 1\r\n", "UIDL\r\n", "RETR 2\r\n", "RETR 4\r\n", "TOP 1 1\r\n", "DELE 1\r\n", "RSET\r\n", "QUIT\r\n", "UTF8\r\n", "LANG\r\n", "\n", "\r", "1\r\n")
            .Select(Encoding.ASCII.GetBytes),
        Gen.Byte.Array[1, 30])
        .Array[0, 60].Select(parts => parts.SelectMany(part => part).ToArray());

    /// <summary>Nothing that a client sends makes the session throw, and how it comes in pieces makes no difference.</summary>
    [Fact]
    public void Any_octets_have_the_same_answer_however_they_are_cut() =>
        Dialogue.Select(Gen.Int[1, 50].Array[0, 20]).Sample((octets, cuts) =>
        {
            var (whole, cut) = (new Pop3Peer(Script), new Pop3Peer(Script, piece: 3));
            whole.Send(octets);
            cut.Send(octets, cuts);
            Assert.Equal(whole.Output, cut.Output);
            Assert.Equal(whole.Removed, cut.Removed);
        }, iter: 5000);

    /// <summary>RFC 1939 §6: QUIT in the TRANSACTION state, and nothing else.</summary>
    [Theory]
    [InlineData("DELE 1\r\nDELE 3\r\nQUIT\r\n", "3 9")]
    [InlineData("DELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\n", "4")]
    [InlineData("DELE 1\r\nRSET\r\nQUIT\r\n", "")]
    [InlineData("DELE 1\r\n", "")]
    [InlineData("DELE 1\r\nQUI", "")]
    [InlineData("DELE 1\r\nQUIT\n", "")]
    [InlineData("DELE 1\r\nQUIT 1\r\n", "")]
    public void Only_QUIT_removes_what_is_marked(string commands, string removed)
    {
        var peer = new Pop3Peer(Script);
        peer.Send(Encoding.ASCII.GetBytes(SignIn + commands));
        Assert.Equal(removed, string.Join(' ', peer.Removed));
    }

    [Fact]
    public void It_says_when_it_could_not()
    {
        var peer = new Pop3Peer(Script) { Fails = true };
        peer.Send(Encoding.ASCII.GetBytes(SignIn + "DELE 1\r\nQUIT\r\n"));
        Assert.EndsWith("-ERR [SYS/TEMP] some deleted messages were not removed\r\n", peer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("RETR 1\r\n", false)]
    [InlineData("DELE 1\r\n", true)]
    [InlineData("DELE 1\r\nRSET\r\n", false)]
    public void It_is_busy_while_something_would_be_lost(string commands, bool busy)
    {
        var peer = new Pop3Peer(Script);
        peer.Send(Encoding.ASCII.GetBytes(SignIn + commands));
        Assert.Equal(busy, peer.Session.IsBusy);
    }

    /// <summary>A message of any octets comes out as it went in, but for LF alone, and its end is where we say.</summary>
    [Fact]
    public void A_message_comes_back_from_its_dots() =>
        Gen.Select(Gen.OneOf(Gen.OneOf(".", "..", "\r\n", "\n", "\r", "\r\n.\r\n", "\n.\r\n", "a", "text", "\r\n\r\n", "\0").Select(Encoding.Latin1.GetBytes), Gen.Byte.Array[1, 3]).Array[0, 40], Gen.Int[1, 9])
            .Sample((parts, piece) =>
            {
                byte[] message = [.. parts.SelectMany(p => p)];
                string sent = Stuff(message, DotStuffing.All, piece);
                Assert.EndsWith("\r\n.\r\n", "\r\n" + sent, StringComparison.Ordinal);
                // no client finds an end before, whatever it takes for the end of a line
                Assert.DoesNotContain("\n.\r\n", ("\n" + sent)[..^3], StringComparison.Ordinal);
                Assert.DoesNotContain("\n.\n", "\n" + sent, StringComparison.Ordinal);
                string text = string.Concat(sent[..^3].Split("\r\n")[..^1].Select(line => (line.StartsWith('.') ? line[1..] : line) + "\r\n"));
                string expected = Encoding.Latin1.GetString(message).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
                if (expected.Length > 0 && !expected.EndsWith("\r\n", StringComparison.Ordinal)) expected += "\r\n";
                Assert.Equal(expected, text);
            });

    [Fact]
    public void The_top_of_a_message_is_its_beginning() =>
        Gen.Select(Gen.OneOf(".", "\r\n", "\n", "\r", "text", "\r\n\r\n").Array[0, 30], Gen.Long[0, 6], Gen.Int[1, 9]).Sample((parts, lines, piece) =>
        {
            byte[] message = Encoding.Latin1.GetBytes(string.Concat(parts));
            string all = Stuff(message, DotStuffing.All, piece), top = Stuff(message, lines, piece);
            Assert.StartsWith(top[..^3], all, StringComparison.Ordinal);
            string[] whole = all[..^3].Split("\r\n")[..^1];
            int blank = Array.IndexOf(whole, "");
            int expected = blank < 0 ? whole.Length : (int)Math.Min(whole.Length, blank + 1 + lines);
            Assert.Equal(whole[..expected], top[..^3].Split("\r\n")[..^1]);
        });

    private static string Stuff(byte[] message, long lines, int piece)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffing = new DotStuffing(lines);
        foreach (byte[] octets in message.Chunk(piece))
            if (!stuffing.Write(octets, output)) break;
        stuffing.Finish(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    [Fact]
    public void A_long_listing_comes_in_pieces()
    {
        var peer = new Pop3Peer(Transcript.Parse("many", "! in-the-clear\n! messages 100000"));
        peer.Send(Encoding.ASCII.GetBytes(SignIn));
        int before = peer.Output.Length;
        peer.Send("LIST\r\nUIDL\r\nNOOP\r\n"u8);
        Assert.InRange(peer.MostInOneStep, 1, 17_000);
        string[] lines = peer.Output[before..].Split("\r\n");
        Assert.Equal(100_000 + 2 + 100_000 + 2 + 1 + 1, lines.Length);
        Assert.Equal("100000 100000", lines[100_000]);
        Assert.Equal("100000 7.100000", lines[200_002]);
        Assert.Equal(["+OK", ""], lines[^2..]);
    }

    [Fact]
    public void An_endless_line_takes_no_memory()
    {
        foreach (string prefix in new[] { "", "AUTH PLAIN\r\n", "AUTH PLAIN ", SignIn })
        {
            var peer = new Pop3Peer(Script);
            peer.Send(Encoding.ASCII.GetBytes(prefix));
            byte[] block = [.. Enumerable.Repeat((byte)'x', 65536)];
            peer.Send(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) peer.Send(block);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000);
        }
    }

    [Fact]
    public void A_completion_that_nobody_asked_for_is_an_error()
    {
        var session = new Pop3ServerSession(Pop3Script.Options(Script), false);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<InvalidOperationException>(() => session.SignInAccepted("tim", output));
        Assert.Throws<InvalidOperationException>(() => session.MaildropOpened(1, [], output));
        Assert.Throws<InvalidOperationException>(() => session.MessageEnded(output));
        Assert.Throws<InvalidOperationException>(() => session.Updated(output));
    }

    /// <summary>SCRAM through the session: it has no fixed text, so it is no transcript.</summary>
    [Fact]
    public async Task Scram_with_channel_binding_over_AUTH()
    {
        var peer = new Pop3Peer(Transcript.Parse("scram", "! tls"));
        peer.Send("STLS\r\n"u8);
        await peer.StartTlsAsync();
        string Say(string line)
        {
            int before = peer.Output.Length;
            peer.Send(Encoding.ASCII.GetBytes(line + "\r\n"));
            return peer.Output[before..^2];
        }
        string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        string Decode(string reply) => Encoding.UTF8.GetString(Convert.FromBase64String(reply["+ ".Length..]));
        byte[] input = [.. "p=tls-server-end-point,,"u8, .. Pop3Peer.Binding.Data.Span];

        string first = Decode(Say("AUTH SCRAM-SHA-256-PLUS " + Encode("p=tls-server-end-point,,n=tim,r=abc")));
        Assert.Equal("-ERR [AUTH] authentication failed", Say(Encode(SaslDialogue.Prove("wrong", "n=tim,r=abc", first, input).Final)));
        first = Decode(Say("AUTH SCRAM-SHA-256-PLUS " + Encode("p=tls-server-end-point,,n=tim,r=abc")));
        var (final, signature) = SaslDialogue.Prove(Pop3Script.Password, "n=tim,r=abc", first, input);
        Assert.Equal(signature, Decode(Say(Encode(final))));
        Assert.Equal("+OK signed in, 7 messages", Say(""));
        Assert.Equal(Pop3Script.User, peer.Session.AccountName);
        // a client that knows PLUS and was not shown it has somebody in between (RFC 5802 §6)
        var other = new Pop3Peer(Transcript.Parse("scram", "! tls"));
        other.Send("STLS\r\n"u8);
        await other.StartTlsAsync();
        other.Send(Encoding.ASCII.GetBytes("AUTH SCRAM-SHA-256 " + Encode("y,,n=tim,r=abc") + "\r\n"));
        Assert.EndsWith("-ERR [AUTH] authentication failed\r\n", other.Output, StringComparison.Ordinal);
    }
}

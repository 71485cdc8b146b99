using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Addresses;
using Mta.Protocol.Proxy;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp.Client;
using Mta.Protocol.Smtp.Server;
using Mta.Protocol.Tests.Smtp;
using Mta.Protocol.Text;
using Mta.Testing;

namespace Mta.Protocol.Tests.Fuzz;

/// <summary>Whatever the octets and however they are cut: no exception, the same answer, bounded output, and a legal end.</summary>
public class ProtocolFuzzTests
{
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 60].Array[0, 20];

    // a session is brought here, and then gets what is fuzzed
    private static readonly string[] ServerStates =
    [
        "", "EHLO c\r\n", "EHLO c\r\nMAIL FROM:<a@b.example>\r\n", "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\n",
        "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n", "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nBDAT 20\r\n",
        "EHLO c\r\nMAIL FROM:<a@b.example> BODY=BINARYMIME\r\nRCPT TO:<a@b.example>\r\nBDAT 9 LAST\r\n", "EHLO c\r\nMAIL FROM:<a@refused.example>\r\nDATA\r\n",
        "EHLO c\r\nAUTH PLAIN\r\n", "EHLO c\r\nAUTH LOGIN dGlt\r\n", "EHLO c\r\nAUTH PLAIN AHRpbQB0YW5zdGFhZg==\r\nMAIL FROM:<a@b.example> AUTH=",
    ];

    [Fact]
    public void Server_session_in_every_state() =>
        Gen.Select(Gen.OneOf(ServerStates), Mutations.Of("server"), Cuts).Sample((state, octets, cuts) =>
        {
            // STARTTLS depends on what is buffered, by intent
            var options = SmtpScript.Options(Transcript.Parse("fuzz", ""));
            // and SCRAM on chance
            options = options with { Extensions = options.Extensions & ~SmtpExtensions.StartTls, Auth = new(SaslMechanisms.All & ~SaslMechanisms.ScramSha256, false, true, 3) };
            var (whole, cut) = (new SessionPeer(options, true, false, null), new SessionPeer(options, true, false, null));
            foreach (var peer in (SessionPeer[])[whole, cut]) peer.Send(Encoding.ASCII.GetBytes(state));
            whole.Send(octets);
            foreach (var piece in Pieces(octets, cuts)) cut.Send(piece.Span);
            Assert.Equal(whole.Output, cut.Output);
            string[] lines = whole.Output.Split("\r\n")[..^1];
            Assert.All(lines, line => Assert.True(line.Length is >= 4 and <= 510 && char.IsAsciiDigit(line[0]) && line[3] is ' ' or '-', line));
            // a reply for each line at most, and EHLO's has one for each extension
            Assert.InRange(whole.Output.Length, 0, 20_000 + 600 * (state.Length + octets.Length));
        }, time: Mutations.Seconds);

    [Fact]
    public void Replies_of_a_server() =>
        Gen.Select(Mutations.Of("replies"), Cuts).Sample((octets, cuts) =>
        {
            var whole = Replies([octets]);
            Assert.Equal(whole, Replies(Pieces(octets, cuts)));
            Assert.All(whole, text => Assert.True(text.Length <= SmtpReplyParser.MaxText + 100 && !text.Any(c => char.IsControl(c) && c != '\n'), text));
        }, time: Mutations.Seconds);

    [Fact]
    public void Data() =>
        Gen.Select(Mutations.Of("data"), Cuts, Gen.Bool).Sample((octets, cuts, stuffed) =>
        {
            foreach (var policy in Enum.GetValues<BareNewlines>())
            {
                var (body, refusal, end) = Decode([octets], policy, stuffed);
                var pieces = Decode(Pieces(octets, cuts), policy, stuffed);
                // of two faults at one place, either may be the one that is named
                Assert.Equal((refusal is null, end), (pieces.Refusal is null, pieces.End));
                if (refusal is null) Assert.Equal(body, pieces.Body); // what was refused is dropped, however much of it came through
                Assert.InRange(body.Length, 0, 2 * octets.Length + 4); // a blank line before a folded first line, and CRLF at the end
                // what is taken holds no line end but CRLF, so nobody can find another end in it
                if (refusal is null) Assert.False(body.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'));
            }
        }, time: Mutations.Seconds);

    [Fact]
    public void Addresses() =>
        Gen.Select(Mutations.Of("addresses"), Gen.Bool).Sample((octets, utf8) =>
        {
            Assert.InRange(Read(AddressParser.ParseForwardPath(octets, utf8, out var forward, out int length), forward, length), 0, octets.Length);
            Assert.InRange(Read(AddressParser.ParseReversePath(octets, utf8, out var reverse, out length), reverse, length), 0, octets.Length);
            _ = DomainName.Normalize(Encoding.UTF8.GetString(octets));

            static int Read(AddressError error, MailPath path, int length)
            {
                if (error != default) return 0;
                Assert.True(Encoding.UTF8.GetByteCount(path.Address) <= AddressParser.MaxPath, path.Address);
                Assert.False(path.Address.AsSpan().ContainsAny("\r\n\0"), "an address that could end a command");
                return length;
            }
        }, time: Mutations.Seconds);

    [Fact]
    public void Xtext_values() =>
        Mutations.Of("addresses").Sample(octets =>
        {
            string text = Encoding.UTF8.GetString(octets);
            Assert.Equal(text, Xtext.Decode(Xtext.Encode(text)));
            if (Xtext.IsValid(octets) && Xtext.Decode(text) is { } decoded) Assert.Equal(decoded, Xtext.Decode(Xtext.Encode(decoded)));
            _ = Xtext.IsValidUtf8Address(octets, true);
        }, time: Mutations.Seconds);

    [Fact]
    public void Proxy_headers() =>
        Mutations.Of("proxy").Sample(octets =>
        {
            // as the connection reads it: with one octet more each time, up to an answer
            int at = 0;
            ProxyHeaderResult result;
            ProxyHeader header;
            int consumed;
            do result = ProxyHeader.TryRead(octets.AsSpan(0, at), out header, out consumed);
            while (result == ProxyHeaderResult.NeedMore && ++at <= octets.Length);
            Assert.InRange(consumed, 0, at);
            if (result == ProxyHeaderResult.NeedMore) Assert.InRange(octets.Length, 0, ProxyHeader.MaxLength);
            else if (result == ProxyHeaderResult.Complete)
            {
                Assert.Equal(result, ProxyHeader.TryRead(octets, out var whole, out int all));
                Assert.Equal((header, consumed), (whole, all));
            }
        }, time: Mutations.Seconds);

    private static List<string> Replies(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var (parser, replies) = (new SmtpReplyParser(), new List<string>());
        foreach (var piece in pieces)
        {
            var input = piece.Span;
            while (true)
            {
                var status = parser.Parse(ref input, out var reply);
                if (status == ReplyStatus.Incomplete) break;
                if (status == ReplyStatus.Malformed)
                {
                    replies.Add("malformed");
                    return replies;
                }
                Assert.InRange(reply!.Code, 200, 599);
                replies.Add(reply.Text);
                _ = EhloCapabilities.Parse(reply);
                if (input.IsEmpty) break;
            }
        }
        return replies;
    }

    private static (string Body, string? Refusal, long End) Decode(IEnumerable<ReadOnlyMemory<byte>> pieces, BareNewlines policy, bool stuffed)
    {
        var body = new ArrayBufferWriter<byte>();
        var message = new IncomingMessage(SmtpScript.Options(Transcript.Parse("fuzz", "")));
        var decoder = new DataDecoder(policy, 1000);
        message.Begin(body, binary: false);
        decoder.Begin(stuffed);
        long end = 0;
        bool ended = false;
        foreach (var piece in pieces)
        {
            ended = decoder.Decode(piece.Span, message, out int consumed);
            end += consumed;
            if (ended) break;
        }
        if (!ended) decoder.Finish(message);
        return (Encoding.Latin1.GetString(body.WrittenSpan), message.Refusal?.ToString(), end);
    }

    private static List<ReadOnlyMemory<byte>> Pieces(byte[] octets, int[] cuts)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        int at = 0;
        foreach (int length in cuts.Append(octets.Length).Select(length => Math.Min(length, octets.Length - at)))
        {
            pieces.Add(octets.AsMemory(at, length));
            at += length;
        }
        return pieces;
    }
}

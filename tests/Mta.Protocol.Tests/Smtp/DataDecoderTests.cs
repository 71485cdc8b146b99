using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Smtp.Server;
using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

public class DataDecoderTests
{
    // lines of what matters: dots, bare CR and LF, text
    private static readonly Gen<string> Fragment = Gen.OneOf(".", "..", "\r", "\n", "\r\n", "a", "bc", ".\r\n", "\r\n.", "\0", "é");
    private static readonly Gen<string> Wild = Fragment.Array[0, 40].Select(string.Concat);
    private static readonly Gen<string> Lines = Gen.OneOf("", ".", "..", ".a", "text", "a.b.", "long line of text")
        .Array[0, 20].Select(lines => string.Concat(lines.Select(line => line + "\r\n")));
    private static readonly Gen<int[]> Cuts = Gen.Int[1, 60].Array[0, 10];

    [Fact]
    public void Gives_back_what_was_stuffed() =>
        Lines.Select(Cuts).Sample((message, cuts) =>
            Decode(Stuff(message) + ".\r\n", cuts, BareNewlines.Refuse) == (message, null));

    [Fact]
    public void Does_not_care_how_the_input_is_cut() =>
        Wild.Select(Cuts).Sample((input, cuts) =>
        {
            string ended = input + "\r\n.\r\n";
            foreach (var policy in Enum.GetValues<BareNewlines>())
                if (Decode(ended, cuts, policy) != Decode(ended, [], policy)) return false;
            return true;
        });

    /// <summary>What we pass on, stuffed as a client does, has one end for every reader, however lax.</summary>
    [Fact]
    public void Passes_nothing_on_that_could_end_early() =>
        Wild.Select(Cuts).Sample((input, cuts) =>
        {
            var (body, refusal) = Decode(input + "\r\n.\r\n", cuts, BareNewlines.Normalize);
            if (refusal is not null) return true;
            // a lax reader takes CR and LF alone for ends of line
            string sent = Stuff(body);
            return !sent.Replace("\r\n", "\n", StringComparison.Ordinal).Contains('\r', StringComparison.Ordinal)
                && !("\n" + sent.Replace("\r\n", "\n", StringComparison.Ordinal)).Contains("\n.\n", StringComparison.Ordinal);
        });

    [Fact]
    public void Refuses_exactly_what_has_a_bare_CR_or_LF() =>
        Wild.Select(Cuts).Sample((input, cuts) =>
        {
            string ended = input + "\r\n.\r\n";
            string taken = ended[..(("\r\n" + ended).IndexOf("\r\n.\r\n", StringComparison.Ordinal) + 3)];
            string rest = taken.Replace("\r\n", "", StringComparison.Ordinal);
            bool isBare = rest.Contains('\r', StringComparison.Ordinal) || rest.Contains('\n', StringComparison.Ordinal);
            return (Decode(ended, cuts, BareNewlines.Refuse).Refusal == SmtpServerReplies.BareNewline.ToString()) == isBare;
        });

    [Fact]
    public void Allocates_nothing()
    {
        var message = NewMessage(BareNewlines.Refuse, out var decoder, out var body);
        byte[] input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("..stuffed\r\nplain text of some length, as it is in mail\r\n", 500)));
        decoder.Decode(input, message, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            body.ResetWrittenCount();
            decoder.Decode(input, message, out _);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Stuff(string message) =>
        ("\r\n" + message).Replace("\r\n.", "\r\n..", StringComparison.Ordinal)[2..];

    private static (string Body, string? Refusal) Decode(string input, int[] cuts, BareNewlines policy)
    {
        var message = NewMessage(policy, out var decoder, out var body);
        byte[] bytes = Encoding.UTF8.GetBytes(input);
        int at = 0;
        bool ended = false;
        foreach (int cut in cuts.Append(bytes.Length))
        {
            int length = Math.Min(cut, bytes.Length - at);
            if (length == 0 || ended) break;
            ended = decoder.Decode(bytes.AsSpan(at, length), message, out int consumed);
            at += consumed;
        }
        Assert.True(ended);
        string? refusal = message.Refusal?.ToString();
        return (refusal is null ? Encoding.UTF8.GetString(body.WrittenSpan) : "", refusal);
    }

    private static IncomingMessage NewMessage(BareNewlines policy, out DataDecoder decoder, out ArrayBufferWriter<byte> body)
    {
        var options = SmtpScript.Options(Transcript.Parse("decoder", "")) with
        {
            BareNewlines = policy,
            AllowNul = true,
            MaxMessageSize = long.MaxValue,
            MaxHeaderSize = long.MaxValue,
        };
        var message = new IncomingMessage(options);
        body = new(1 << 20);
        message.Begin(body, binary: false);
        decoder = new(policy, 0);
        decoder.Begin(stuffed: true);
        return message;
    }
}

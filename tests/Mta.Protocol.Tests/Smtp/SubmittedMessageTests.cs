using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Smtp.Server;

namespace Mta.Protocol.Tests.Smtp;

public class SubmittedMessageTests
{
    private const string Date = "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n", Id = "Message-ID: <ID@mx.test>\r\n";
    private static readonly Submission Facts = new("ann@here.example", "ID@mx.test", SessionPeer.Now);

    /// <summary>What comes out, or the reply; the same however it is cut.</summary>
    private static string Pass(string message)
    {
        byte[] octets = Encoding.Latin1.GetBytes(message);
        string whole = Pass(octets, []);
        Assert.Equal(whole, Pass(octets, [.. Enumerable.Range(1, octets.Length)]));
        for (int cut = 1; cut < octets.Length; cut++) Assert.Equal(whole, Pass(octets, [cut]));
        return whole;
    }

    private static string Pass(byte[] octets, int[] cuts)
    {
        var body = new ArrayBufferWriter<byte>();
        using var submitted = new SubmittedMessage(body, Facts);
        int at = 0;
        foreach (int cut in cuts.Append(octets.Length))
        {
            submitted.Write(octets.AsSpan(at, cut - at));
            at = cut;
        }
        return submitted.Finish() is { } refusal ? refusal.ToString() : $"{string.Join(' ', submitted.Authors.Select(a => a.Address))}\n{Encoding.Latin1.GetString(body.WrittenSpan)}";
    }

    [Fact]
    public void What_is_complete_passes_as_it_is()
    {
        const string message = "Subject: x\r\n y\r\n\t \r\nFROM : ann@here.example\r\nX-Odd:\x01\r\ndate: whenever\r\nmessage-id: <a@b>\r\n\r\nFrom: body\r\nBcc: body\r\n\x80\xff";
        Assert.Equal("ann@here.example\n" + message, Pass(message));
    }

    [Fact]
    public void What_is_missing_is_added_at_the_end_of_the_header() =>
        Assert.Equal($"ann@here.example\nFrom: ann@here.example\r\nSubject: x\r\n{Date}{Id}\r\nbody\r\n", Pass("From: ann@here.example\r\nSubject: x\r\n\r\nbody\r\n"));

    [Fact]
    public void A_header_alone_is_a_message()
    {
        Assert.Equal($"ann@here.example\nFrom: ann@here.example\r\n{Date}{Id}", Pass("From: ann@here.example\r\n"));
        Assert.Equal($"ann@here.example\nFrom: ann@here.example\r\n{Date}{Id}", Pass("From: ann@here.example"));
        Assert.Equal($"ann@here.example\nFrom: ann@here.example\r\n{Date}{Id}\r\n", Pass("From: ann@here.example\r\n\r\n"));
    }

    [Fact]
    public void Blind_copies_are_taken_out() =>
        Assert.Equal(
            $"ann@here.example\nX: 1\r\nFrom: ann@here.example\r\nDate: d\r\nMessage-ID: i\r\nTo: a\r\n b\r\n\r\n",
            Pass("Bcc: a@b.example\r\nX: 1\r\nbCC \t: a@b.example,\r\n\tb@b.example,\r\n c@b.example\r\nFrom: ann@here.example\r\nDate: d\r\nResent-Bcc: x\r\nMessage-ID: i\r\nTo: a\r\n b\r\nBCC:\r\n\r\n"));

    [Fact]
    public void Several_authors_need_a_sender()
    {
        Assert.Equal($"ann@here.example bob@here.example\nFrom: ann@here.example,\r\n Bob <bob@here.example>\r\nSender: ann@here.example\r\n{Date}{Id}\r\n",
            Pass("From: ann@here.example,\r\n Bob <bob@here.example>\r\n\r\n"));
        Assert.Equal($"ann@here.example bob@here.example bob@here.example\nSender: bob@here.example\r\nFrom: ann@here.example, bob@here.example\r\n{Date}{Id}\r\n",
            Pass("Sender: bob@here.example\r\nFrom: ann@here.example, bob@here.example\r\n\r\n"));
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\n", "one From")]
    [InlineData("\r\nFrom: ann@here.example\r\n\r\n", "one From")]
    [InlineData("From: ann@here.example\r\nfrom: ann@here.example\r\n\r\n", "one From")]
    [InlineData("From: ann\r\n\r\n", "mail addresses")]
    [InlineData("From: nobody:;\r\n\r\n", "mail addresses")]
    [InlineData("From: ann@here.example\r\nSender: a@b.example, b@b.example\r\n\r\n", "mail addresses")]
    [InlineData("From: ann@here.example\r\nSender:\r\n\r\n", "mail addresses")]
    [InlineData("From: ann@here.example\r\nSender: a@b.example\r\nSender: a@b.example\r\n\r\n", "one Sender")]
    [InlineData("From ann@here.example Mon Nov 23 12:00:00 2026\r\nFrom: ann@here.example\r\n\r\n", "no field")]
    [InlineData("From: ann@here.example\r\ntext\r\n\r\n", "no field")]
    [InlineData("From: ann@here.example\r\n: x\r\n\r\n", "no field")]
    [InlineData("From: ann@here.example\r\nS\xFC: x\r\n\r\n", "no UTF-8")]
    [InlineData("From: ann@here.example\r\nSubject: gr\xFC\xDF\r\n\r\n", "no UTF-8")]
    [InlineData("From: ann@here.example\nBcc: x\r\n\r\n", "bare CR or LF")]
    [InlineData("From: ann@here.example\rBcc: x\r\n\r\n", "bare CR or LF")]
    public void What_is_no_message_is_refused(string message, string why)
    {
        string answer = Pass(message + new string('x', 50));
        Assert.StartsWith("550 5.6.0 ", answer, StringComparison.Ordinal);
        Assert.Contains(why, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void UTF8_in_the_header_is_what_RFC_6532_has() =>
        Assert.StartsWith("ann@here.example\nSubject: gr\xC3\xBC\xC3\x9F\r\n", Pass("Subject: gr\xC3\xBC\xC3\x9F\r\nFrom: ann@here.example\r\n\r\n"), StringComparison.Ordinal);

    [Fact]
    public void Too_many_authors_are_refused()
    {
        string many = "From: " + string.Join(",\r\n ", Enumerable.Range(0, 101).Select(i => $"a{i}@here.example")) + "\r\n\r\n";
        Assert.StartsWith("550 5.6.0", Pass(Encoding.Latin1.GetBytes(many), []), StringComparison.Ordinal);
        string @long = "From: ann@here.example" + string.Concat(Enumerable.Repeat("\r\n (x)", 5000)) + "\r\n\r\n";
        Assert.StartsWith("550 5.6.0", Pass(Encoding.Latin1.GetBytes(@long), []), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_the_body_is_held()
    {
        var body = new ArrayBufferWriter<byte>();
        using var submitted = new SubmittedMessage(body, Facts);
        submitted.Write(Encoding.ASCII.GetBytes("From: ann@here.example\r\n\r\nx"));
        int before = body.WrittenCount;
        Assert.Equal((byte)'x', body.WrittenSpan[^1]);
        submitted.Write("yz"u8);
        Assert.Equal(before + 2, body.WrittenCount);
    }

    [Fact]
    public void However_it_is_cut_it_is_the_same() =>
        Gen.Select(
            Gen.OneOf("From: ann@here.example\r\n", "Bcc: x\r\n", " folded\r\n", "\tfolded \r\n", "Date: d\r\n", "Subject: x\r\n", "\r\n", "text\r\n", "\r", "\n", "Sender: b@b.example\r\n", "\x80").Array[0, 12],
            Gen.Int[1, 40].Array[0, 8]).Sample((parts, cuts) =>
        {
            byte[] octets = Encoding.Latin1.GetBytes(string.Concat(parts));
            int[] places = [.. cuts.Where(c => c < octets.Length).Distinct().Order()];
            string whole = Pass(octets, []);
            Assert.Equal(whole, Pass(octets, places));
            int header = whole.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (!whole.StartsWith("550 ", StringComparison.Ordinal) && header > 0) Assert.DoesNotContain("Bcc", whole[..header], StringComparison.Ordinal);
        });
}

using CsCheck;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Where the parts of a message lie (RFC 2046).</summary>
public class StructureTests
{
    private static readonly Gen<byte[]> Messages = Gen.OneOf(
        "Content-Type: multipart/mixed; boundary=a\n", "Content-Type: multipart/digest; boundary=\"ab\"\n", "Content-Type: message/rfc822\n", "Content-Type: text/html\n",
        "Subject: x\n", "From: a@b.example, <c@d.example>\n", " folded\n", "\n", "\n", "\n", "--a\n", "--a--\n", "--ab\n", "--ab--\n", "--abc\n", "text\n", "-\n", "--", "-", "\r", "\0", "é", "x: y", "text without end")
        .Array[0, 40].Select(pieces => Corpus.Message(string.Concat(pieces)));

    [Fact]
    public void Parts_lie_within_each_other_and_make_up_the_message() => Messages.Sample(message =>
    {
        var index = MimeScanner.Scan(message);
        Assert.Equal(message.Length, index.Size);
        Assert.Equal(message.Count(b => b == '\n'), index.Lines);
        Check(index.Root, new(0, message.Length), message);
        Assert.Equal(message.Length, index.Root.Body.End);
        Assert.Equal(index.Lines, index.Root.HeaderLines + index.Root.BodyLines);
    });

    [Fact]
    public void However_the_octets_come() => Gen.Select(Messages, Gen.Int[0, 400].Array[0, 6]).Sample((message, cuts) =>
    {
        int[] inside = [.. cuts.Where(c => c <= message.Length).Order()];
        Assert.Equal(MimeOutput.Encode(MimeScanner.Scan(message)), MimeOutput.Encode(Corpus.Scan(message, inside)));
    });

    private static void Check(MimePart part, MimeRange within, byte[] message)
    {
        Assert.InRange(part.Header.Offset, within.Offset, within.End);
        Assert.Equal(part.Header.End, part.Body.Offset);
        Assert.InRange(part.Body.End, part.Body.Offset, within.End);
        Assert.Equal(part.BodyLines, message.AsSpan((int)part.Body.Offset, (int)part.Body.Length).Count((byte)'\n'));
        Assert.Equal(part.HeaderLines, message.AsSpan((int)part.Header.Offset, (int)part.Header.Length).Count((byte)'\n'));
        Assert.Equal(part.IsMultipart, part.Children.Count > 0);
        long at = part.Body.Offset;
        foreach (var child in part.Children)
        {
            Check(child, new(at, part.Body.End - at), message);
            // between two parts there is a delimiter, and nothing is in both
            if (child.Header.Offset > part.Body.Offset) Assert.Contains("--a", MimeOutput.Cut(message, new(at, child.Header.Offset - at)), StringComparison.Ordinal);
            at = child.Body.End;
        }
        if (part.Message is not { } inner) return;
        Assert.Equal(part.Body, new(inner.Root.Header.Offset, inner.Root.Header.Length + inner.Root.Body.Length));
        Check(inner.Root, part.Body, message);
    }

    [Fact]
    public void Many_parts_are_read_and_the_rest_is_text_of_the_last()
    {
        byte[] message = Corpus.Message("Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\nx\n", 5000)) + "--b--\n");
        var index = MimeScanner.Scan(message);
        Assert.Equal(MimeLimits.Parts - 1, index.Root.Children.Count);
        Assert.All(index.Root.Children.SkipLast(1), part => Assert.Equal("x", MimeOutput.Cut(message, part.Body)));
        Assert.Equal(message.Length, index.Root.Children[^1].Body.End);
    }

    [Fact]
    public void Deep_parts_are_read_and_the_deepest_is_octets()
    {
        string header = string.Concat(Enumerable.Range(0, 300).Select(i => $"Content-Type: multipart/mixed; boundary=b{i:D3}\n\n--b{i:D3}\n"));
        var index = MimeScanner.Scan(Corpus.Message(header + "\nx\n"));
        var part = index.Root;
        int depth = 0;
        for (; part.IsMultipart; depth++) part = Assert.Single(part.Children);
        Assert.Equal(MimeLimits.Depth, depth);
        Assert.Equal(("application", "octet-stream"), (part.Type.ToString(), part.Subtype.ToString()));
        Assert.Equal(index.Size, part.Body.End);
        Assert.True(MessageIndexCodec.TryRead(MimeOutput.Encode(index), out _));
    }

    [Fact]
    public void Deep_messages_too()
    {
        var index = MimeScanner.Scan(Corpus.Message(string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", 300))));
        var part = index.Root;
        int depth = 0;
        for (; part.Message is { } message; depth++) part = message.Root;
        Assert.Equal(MimeLimits.Depth, depth);
        Assert.Equal(index.Size, part.Body.End);
        Assert.True(MessageIndexCodec.TryRead(MimeOutput.Encode(index), out _));
    }

    [Fact]
    public void Of_a_long_header_the_first_fields_count_and_the_offsets_are_exact()
    {
        string header = "Subject: first\n" + string.Concat(Enumerable.Repeat("X-Long: " + new string('x', 900) + "\n", 400)) + "To: late@example.org\n\n";
        byte[] message = Corpus.Message(header + "body\n");
        var index = MimeScanner.Scan(message);
        Assert.Equal("first", index.Envelope.Subject.ToString());
        Assert.Empty(index.Envelope.To);
        Assert.Equal("body\r\n", MimeOutput.Cut(message, index.Root.Body));
    }

    [Fact]
    public void There_are_not_too_many_addresses()
    {
        string list = string.Join(", ", Enumerable.Range(0, 9000).Select(i => $"u{i}@b.example"));
        var index = MimeScanner.Scan(Corpus.Message($"To: {list}\nCc: {list}\nFrom: a@b.example\n\n"));
        Assert.Equal((9000, 1000, 0), (index.Envelope.To.Count, index.Envelope.Cc.Count, index.Envelope.From.Count));
    }

    [Fact]
    public void A_scanner_can_be_used_again()
    {
        var scanner = new MimeScanner();
        foreach (string name in Corpus.Names)
        {
            byte[] message = Corpus.Read(name);
            scanner.Add(message);
            Assert.Equal(MimeOutput.Encode(MimeScanner.Scan(message)), MimeOutput.Encode(scanner.Finish()));
        }
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Two megabytes of what somebody may send to keep a mailbox busy. Bounded work: octets that are allocated, which do not depend on the machine.</summary>
public class HostileTests
{
    private const long MostAllocated = 50L * 1024 * 1024;

    public static TheoryData<string> Names => [.. HostileMessages.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_read_with_little(string name)
    {
        byte[] message = HostileMessages.Make(name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var index = MimeScanner.Scan(message);
        var elapsed = watch.Elapsed;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Current.SendDiagnosticMessage("{0}: {1} KiB, {2:F1} ms", name, allocated / 1024, elapsed.TotalMilliseconds);
        Assert.InRange(allocated, 0, MostAllocated);
        // linear: milliseconds; quadratic: minutes
        Assert.True(elapsed < TimeSpan.FromSeconds(10), elapsed.ToString());
        Assert.Equal(message.Length, index.Root.Body.End);

        byte[] kept = MimeOutput.Encode(index);
        Assert.InRange(kept.Length, 0, 4 * 1024 * 1024);
        Assert.True(MessageIndexCodec.TryRead(kept, out var read));
        Assert.Equal(MimeOutput.Structure(index.Root), MimeOutput.Structure(read.Root));
        Assert.Equal(MimeOutput.Envelope(index.Envelope), MimeOutput.Envelope(read.Envelope));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_searched_with_little(string name)
    {
        byte[] message = HostileMessages.Make(name);
        var index = MimeScanner.Scan(message);
        var search = new SearchText(new("nobody writes this"), headers: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        Assert.False(search.IsIn(index, message));
        TestContext.Current.SendDiagnosticMessage("{0}: search {1:F1} ms", name, watch.Elapsed.TotalMilliseconds);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        if (Preview.Find(index) is { } part)
            Assert.InRange(Preview.Read(part, message.AsSpan((int)part.Body.Offset, (int)part.Body.Length)).Length, 0, Preview.MostCharacters);
    }

    [Theory]
    [InlineData("quoted-printable", "=")]
    [InlineData("quoted-printable", " ")]
    [InlineData("quoted-printable", "= ")]
    [InlineData("quoted-printable", "=\r")]
    [InlineData("base64", "=")]
    [InlineData("base64", "a")]
    [InlineData("base64", "-")]
    public void Bodies_are_decoded_with_what_they_are_long(string encoding, string piece)
    {
        byte[] body = Encoding.Latin1.GetBytes(HostileMessages.Fill(piece));
        var decoder = BodyDecoder.For(new() { TransferEncoding = MimeText.Of(encoding) })!;
        var output = new ArrayBufferWriter<byte>();
        decoder.Decode(body, output);
        decoder.Finish(output);
        Assert.InRange(output.WrittenCount, 0, body.Length);
    }

    [Fact]
    public void A_large_message_is_read_with_the_memory_of_a_small_one()
    {
        byte[] piece = Encoding.Latin1.GetBytes(HostileMessages.Fill("the quick brown fox\r\n--no delimiter\r\n", 64 * 1024));
        var scanner = new MimeScanner();
        scanner.Add("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"u8);
        scanner.Add(piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 800; i++) scanner.Add(piece);
        // of 52 million octets; some are the run-time's own
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536);
        Assert.Equal(801L * piece.Length, scanner.Finish().Root.Children[0].Body.Length);
    }
}

using System.Buffers;
using System.Text;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>What is known of each message of the corpus stands in <c>Corpus/expected.txt</c>.</summary>
public class CorpusTests
{
    public static TheoryData<string> Names => [.. Corpus.Names];

    [Fact]
    public void Everything_is_as_it_was_written_down()
    {
        var actual = new StringBuilder();
        foreach (string name in Corpus.Names) Describe(name, actual);
        if (actual.ToString() != Corpus.Expected) Corpus.WriteActual(actual.ToString());
        Assert.Equal(Corpus.Expected, actual.ToString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void However_the_octets_come(string name)
    {
        byte[] message = Corpus.Read(name);
        byte[] whole = MimeOutput.Encode(MimeScanner.Scan(message));
        for (int cut = 0; cut <= message.Length; cut++) Assert.Equal(whole, MimeOutput.Encode(Corpus.Scan(message, cut)));
        Assert.Equal(whole, MimeOutput.Encode(Corpus.Scan(message, [.. Enumerable.Range(0, message.Length)])));
        for (int cut = 0; cut + 2 <= message.Length; cut++) Assert.Equal(whole, MimeOutput.Encode(Corpus.Scan(message, cut, cut + 1, cut + 2)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_index_that_was_kept_says_the_same(string name)
    {
        var index = MimeScanner.Scan(Corpus.Read(name));
        byte[] kept = MimeOutput.Encode(index);
        Assert.True(MessageIndexCodec.TryRead(kept, out var read));
        Assert.Equal(MimeOutput.Envelope(index.Envelope), MimeOutput.Envelope(read.Envelope));
        Assert.Equal(MimeOutput.Structure(index.Root), MimeOutput.Structure(read.Root));
        Assert.Equal(MimeOutput.Tree(index), MimeOutput.Tree(read));
        Assert.Equal(index.SentDate, read.SentDate);
        Assert.Equal(index.References, read.References);
        Assert.Equal((index.MessageId, index.BaseSubject, index.IsReplyOrForward, index.SortFrom, index.SortTo, index.SortCc, index.DisplayFrom, index.DisplayTo),
            (read.MessageId, read.BaseSubject, read.IsReplyOrForward, read.SortFrom, read.SortTo, read.SortCc, read.DisplayFrom, read.DisplayTo));
        Assert.Equal(kept, MimeOutput.Encode(read));
        for (int length = 0; length < kept.Length; length++) Assert.False(MessageIndexCodec.TryRead(kept[..length], out _));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_header_is_filtered_however_it_comes(string name)
    {
        byte[] message = Corpus.Read(name);
        byte[] header = message[..(int)MimeScanner.Scan(message).Root.Header.Length];
        foreach (bool not in (bool[])[false, true])
        {
            var filter = new HeaderFilter(["subject", "CONTENT-TYPE", "X"], not);
            string whole = Filter(filter, header, header.Length);
            Assert.EndsWith("\n", whole, StringComparison.Ordinal);
            for (int cut = 0; cut <= header.Length; cut++) Assert.Equal(whole, Filter(filter, header, cut));
            Assert.Equal(whole, Filter(filter, header, [.. Enumerable.Range(0, header.Length)]));
        }
    }

    private static string Filter(HeaderFilter filter, byte[] header, params int[] cuts)
    {
        var output = new ArrayBufferWriter<byte>();
        int at = 0;
        foreach (int cut in cuts.Append(header.Length))
        {
            filter.Add(header.AsSpan(at, cut - at), output);
            at = cut;
        }
        filter.Finish(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static void Describe(string name, StringBuilder text)
    {
        byte[] message = Corpus.Read(name);
        var index = MimeScanner.Scan(message);
        var part = Preview.Find(index);
        string preview = part is null ? "" : Preview.Read(part, message.AsSpan((int)part.Body.Offset, (int)part.Body.Length));
        Line(name);
        Line("  ENVELOPE " + MimeOutput.Envelope(index.Envelope));
        Line("  BODY " + MimeOutput.Structure(index.Root, extended: false));
        Line("  BODYSTRUCTURE " + MimeOutput.Structure(index.Root));
        Line("  parts " + MimeOutput.Tree(index));
        Line($"  keys {index.Size} {index.Lines} {index.SentDate:yyyy-MM-dd'T'HH:mm:sszzz} id={index.MessageId} refs={string.Join(',', index.References)} subject={index.BaseSubject} reply={index.IsReplyOrForward}");
        Line($"  names {index.SortFrom}|{index.SortTo}|{index.SortCc}|{index.DisplayFrom}|{index.DisplayTo}|{(part is null ? null : ParameterText.FileName(part))}|{preview}");

        void Line(string line) => text.Append(MimeOutput.Escape(line)).Append('\n');
    }
}

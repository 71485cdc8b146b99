using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Mime;
using Mta.Protocol.Tests.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Fuzz;

/// <summary>Whatever the octets and however they are cut: a message, with all its parts inside, and what is kept of it says the same.</summary>
public class MimeFuzzTests
{
    private static readonly Gen<byte[]> Messages = Gen.OneOf(Mutations.Of("mime"), Mutations.Of([.. Corpus.Names.Select(Corpus.Read)]));

    private static readonly string[] Sections = ["1.2.3.MIME", "HEADER.FIELDS (FROM \"TO\")", "2.HEADER.FIELDS.NOT (A)", "TEXT", "2.1"];

    private static readonly SearchValues<char> Atoms = SearchValues.Create("NIL0123456789");

    [Fact]
    public void Messages_are_read() =>
        Gen.Select(Messages, Gen.Int[0, 4096].Array[0, 8]).Sample((message, cuts) =>
        {
            var index = MimeScanner.Scan(message);
            byte[] kept = MimeOutput.Encode(index);
            Assert.Equal(kept, MimeOutput.Encode(Corpus.Scan(message, [.. cuts.Where(c => c <= message.Length).Order()])));
            Assert.True(MessageIndexCodec.TryRead(kept, out var read));
            Assert.Equal(MimeOutput.Tree(index), MimeOutput.Tree(read));
            Assert.Equal(message.Length, index.Root.Body.End);
            foreach (bool utf8 in (bool[])[false, true])
            {
                CheckSyntax(MimeOutput.Envelope(index.Envelope, utf8), utf8);
                CheckSyntax(MimeOutput.Structure(index.Root, extended: true, utf8), utf8);
                CheckSyntax(MimeOutput.Structure(index.Root, extended: false, utf8), utf8);
            }
            Use(index, message);
        }, time: Mutations.Seconds);

    [Fact]
    public void What_was_kept_is_read_or_refused() =>
        Mutations.Of([.. Corpus.Names.Select(name => MimeOutput.Encode(MimeScanner.Scan(Corpus.Read(name))))]).Sample(kept =>
        {
            if (!MessageIndexCodec.TryRead(kept, out var index)) return;
            MimeOutput.Structure(index.Root);
            MimeOutput.Envelope(index.Envelope);
            Assert.InRange(index.Root.Body.End, 0, index.Size);
        }, time: Mutations.Seconds);

    [Fact]
    public void Sections_are_read_or_refused()
    {
        var index = MimeScanner.Scan(Corpus.Read("rfc822-in-mixed.eml"));
        Mutations.Of([.. Sections.Select(Encoding.ASCII.GetBytes)]).Sample(text =>
        {
            if (!SectionPath.TryParse(text, out var section) || !section.TryFind(index, out var range)) return;
            Assert.InRange(range.Offset, 0, index.Size);
            Assert.InRange(range.End, range.Offset, index.Size);
        }, time: Mutations.Seconds);
    }

    private static void Use(MessageIndex index, byte[] message)
    {
        var search = new SearchText(new("ü nowhere"), headers: true);
        search.IsIn(index, message);
        var header = message.AsSpan(0, (int)index.Root.Header.Length);
        SearchHeader.IsIn(header, "subject"u8, new("nowhere"));
        var output = new ArrayBufferWriter<byte>();
        var filter = new HeaderFilter(["subject"], not: true);
        filter.Add(header, output);
        filter.Finish(output);
        Assert.InRange(output.WrittenCount, 1, header.Length + 4);
        ParameterText.FileName(index.Root);
        if (Preview.Find(index) is { } part)
            Assert.InRange(Preview.Read(part, message.AsSpan((int)part.Body.Offset, (int)part.Body.Length)).Length, 0, Preview.MostCharacters);
    }

    /// <summary>Parentheses, NIL, numbers, quoted strings and literals, and nothing behind the last parenthesis (RFC 9051 §9).</summary>
    private static void CheckSyntax(string text, bool utf8)
    {
        int depth = 0, at = 0;
        while (at < text.Length)
        {
            switch (text[at])
            {
                case '(':
                    depth++;
                    at++;
                    break;
                case ')':
                    depth--;
                    at++;
                    break;
                case ' ':
                    at++;
                    break;
                case '"':
                    for (at++; text[at] != '"'; at++)
                    {
                        if (text[at] == '\\') Assert.True(text[++at] is '"' or '\\');
                        Assert.True(text[at] is >= ' ' and not '\u007F' && (utf8 || text[at] < 128));
                    }
                    at++;
                    break;
                case '{':
                    int end = text.IndexOf("}\r\n", at, StringComparison.Ordinal);
                    int length = int.Parse(text.AsSpan(at + 1, end - at - 1), null);
                    Assert.DoesNotContain('\0', text.Substring(end + 3, length));
                    at = end + 3 + length;
                    break;
                default:
                    int token = text.AsSpan(at).IndexOfAnyExcept(Atoms);
                    Assert.True(token > 0, text[at..]);
                    at += token;
                    break;
            }
            Assert.True(depth > 0 || at == text.Length);
        }
        Assert.Equal(0, depth);
    }
}

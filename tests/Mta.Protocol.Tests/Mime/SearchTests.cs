using System.Text;
using CsCheck;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>SEARCH in the text of a message (RFC 9051 §6.4.4).</summary>
public class SearchTests
{
    private static readonly byte[] Message = Encoding.UTF8.GetBytes("""
        From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>
        Subject: a
         folded =?utf-8?b?R3LDvMOfZQ==?=
        X-Empty:
        Content-Type: multipart/mixed; boundary=b

        preamble
        --b
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable
        X-Part: in the part

        Sch=C3=B6ne Gr=C3=BC=C3=9Fe, soft=
        ly broken
        --b
        Content-Type: text/html; charset=iso-8859-1
        Content-Transfer-Encoding: base64

        PGI+RulsaXg8L2I+
        --b
        Content-Type: application/octet-stream

        octets
        --b
        Content-Type: message/rfc822

        Subject: inner subject

        inner text, Ünicode
        --b--
        epilogue

        """.ReplaceLineEndings("\r\n"));

    [Theory]
    [InlineData("schöne grüße", true, true)]
    [InlineData("SCHÖNE GRÜ", true, true)]
    [InlineData("softly broken", true, true)]
    [InlineData("<B>FÉLIX", true, true)]
    [InlineData("inner TEXT, ünicode", true, true)]
    [InlineData("inner subject", false, true)]
    [InlineData("in the part", false, true)]
    [InlineData("folded Grüße", false, true)]
    [InlineData("jörg", false, true)]
    [InlineData("message/rfc822", false, true)]
    [InlineData("octets", false, false)]
    [InlineData("preamble", false, false)]
    [InlineData("epilogue", false, false)]
    [InlineData("felix", false, false)]
    [InlineData("R3LDvM", false, false)]
    [InlineData("", true, true)]
    public void Text_is_found_however_it_comes(string text, bool inBody, bool inText)
    {
        var index = MimeScanner.Scan(Message);
        var needle = new SearchNeedle(text);
        foreach (bool headers in (bool[])[false, true])
        {
            var search = new SearchText(needle, headers);
            foreach (int most in (int[])[1, 2, 3, 7, 100, 100_000])
            {
                search.Begin(index);
                for (var wanted = search.Wanted; wanted.Length > 0; wanted = search.Wanted)
                    search.Add(Message.AsSpan((int)wanted.Offset, (int)Math.Min(most, wanted.Length)));
                Assert.Equal(headers ? inText : inBody, search.IsFound);
            }
            Assert.Equal(headers ? inText : inBody, search.IsIn(index, Message));
        }
    }

    [Theory]
    [InlineData("SUBJECT", "FOLDED GRÜ", true)]
    [InlineData("subject", "inner", false)]
    [InlineData("From", "jörg", true)]
    [InlineData("From", "EXAMPLE.com", true)]
    [InlineData("X-Empty", "", true)]
    [InlineData("X-Missing", "", false)]
    [InlineData("X-Empty", "x", false)]
    public void A_field_is_searched(string field, string text, bool isFound)
    {
        var header = Message.AsSpan(0, (int)MimeScanner.Scan(Message).Root.Header.Length);
        Assert.Equal(isFound, SearchHeader.IsIn(header, Encoding.ASCII.GetBytes(field), new(text)));
    }

    [Theory]
    [InlineData("the \"ann\" of", true)]
    [InlineData("\\\"Ann", true)] // as it is written, too
    [InlineData("ANN\" of all <a@b.example>", true)]
    [InlineData("ann of all", false)]
    public void A_name_is_searched_without_its_quotes(string text, bool isFound) =>
        Assert.Equal(isFound, SearchHeader.IsIn("From: \"The \\\"Ann\\\"\" of all <a@b.example>\r\n\r\n"u8, "from"u8, new(text)));

    [Fact]
    public void A_long_text_is_searched_as_a_whole() => Gen.Select(Gen.Int[0, 30_000], Gen.Int[1, 9000], Gen.Int[1, 5000]).Sample((before, length, most) =>
    {
        string needle = "The Needle" + new string('n', length);
        byte[] message = Encoding.ASCII.GetBytes("\r\n" + new string('n', before) + needle.ToUpperInvariant() + "rest\r\n");
        var index = MimeScanner.Scan(message);
        foreach (var (text, isFound) in (ValueTuple<string, bool>[])[(needle, true), (needle + "x", false)])
        {
            var search = new SearchText(new(text), headers: false);
            search.Begin(index);
            for (var wanted = search.Wanted; wanted.Length > 0; wanted = search.Wanted)
                search.Add(message.AsSpan((int)wanted.Offset, (int)Math.Min(most, wanted.Length)));
            Assert.Equal(isFound, search.IsFound);
        }
    }, iter: 300);

    [Fact]
    public void A_search_of_plain_text_needs_no_memory()
    {
        byte[] message = Corpus.Message("Subject: plain\nContent-Type: text/plain\n\n" + string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog\n", 90)));
        var index = MimeScanner.Scan(message);
        var search = new SearchText(new("no such text"), headers: true);
        for (int i = 0; i < 10; i++) search.IsIn(index, message);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Assert.False(search.IsIn(index, message));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 300);
    }
}

using System.Text;
using CsCheck;
using Mta.Protocol.Mime;
using Mta.Protocol.Tests.Fuzz;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>An index of <see cref="SearchableText"/> loses nothing that a search of the message itself would find.</summary>
public class SearchableTextTests
{
    private static readonly string[] Fields = ["Subject", "From", "To", "Received", "Content-Type", "Message-ID"];

    private static readonly byte[] Hard = Encoding.UTF8.GetBytes("""
        From: "The \"Ann\"" of =?utf-8?q?J=C3=B6rg?= <a@b.example>
        Subject: fol
         ded e?cole cafe? ?stanbul ?elvin ?
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        stra=C3=9Fe cafe=CC=81 =E2=84=AA =C5=BF =C4=B1 =F0=90=90=80=F0=90=90=A8=F0=9F=90=99 fin

        """.Replace("e?", "e\u0301", StringComparison.Ordinal).Replace("?stanbul", "\u0130stanbul", StringComparison.Ordinal).Replace("?elvin", "\u212Aelvin", StringComparison.Ordinal)
        .Replace(" ?\n", " \u01C5\u1E9E\uFB01\n", StringComparison.Ordinal).ReplaceLineEndings("\r\n"));

    [Fact]
    public void Whatever_is_found_in_a_message_is_in_its_text() =>
        Gen.Select(Gen.OneOf(Gen.Const(Hard), Mutations.Of("mime"), Mutations.Of([.. Corpus.Names.Select(Corpus.Read)])), Gen.Int[0, 1 << 20].Array[30], Gen.Int[1, 12], Gen.Bool).Sample((message, places, length, lower) =>
        {
            var index = MimeScanner.Scan(message);
            byte[] header = message[..(int)Math.Min(index.Root.Header.Length, MimeLimits.Header)];
            if (Text(index, header, message) is not { Length: > 20 } text) return;
            // what is in the text, and what is in the octets
            foreach (string source in (string[])[text, Encoding.UTF8.GetString(message), Encoding.UTF8.GetString(message).Normalize()])
            {
                foreach (int place in places)
                {
                    int from = place % source.Length;
                    string found = source.Substring(from, Math.Min(length, source.Length - from));
                    var needle = new SearchNeedle(lower ? found.ToLowerInvariant() : found);
                    bool isThere = new SearchText(needle, headers: true).IsIn(index, message) || Fields.Any(f => SearchHeader.IsIn(header, Encoding.ASCII.GetBytes(f), needle));
                    if (!isThere) continue;
                    foreach (string trigram in needle.Trigrams()) Assert.Contains(trigram, text, StringComparison.Ordinal);
                }
            }
        }, iter: 300);

    [Theory]
    [InlineData("of jörg <A@B")]
    [InlineData("\"ann\" OF")]
    [InlineData("fol ded")]
    [InlineData("STRASSE", false)]
    [InlineData("straße")]
    [InlineData("cafe")]
    [InlineData("nowhere", false)]
    public void A_needle_that_is_not_there_misses_some_of_its_trigrams(string text, bool isThere = true)
    {
        var index = MimeScanner.Scan(Hard);
        string whole = Text(index, Hard.AsSpan(0, (int)index.Root.Header.Length), Hard)!;
        Assert.Equal(isThere, new SearchNeedle(text).Trigrams().All(t => whole.Contains(t, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("ab", 0)]
    [InlineData("abc", 1)]
    [InlineData("ababab", 2)]
    [InlineData("\U00010428\U0001F419x", 1)]
    public void Three_characters_make_one(string text, int count) => Assert.Equal(count, new SearchNeedle(text).Trigrams().Count);

    [Fact]
    public void Letters_are_alike_in_the_text_where_they_are_in_a_search()
    {
        var byEquality = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var byFold = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int c = 1; c < 0x11000; c++)
        {
            if (!Rune.IsValid(c)) continue;
            string letter = new Rune(c).ToString();
            string folded = SearchNeedle.Fold(letter).Split('\n')[0];
            if (c is '\n') continue;
            Assert.True(byEquality.TryAdd(letter, folded) || byEquality[letter] == folded, $"U+{c:X4} is another letter in the index");
            byFold.TryAdd(folded, letter);
        }
        Assert.Equal(byEquality.Count, byFold.Count);
    }

    [Fact]
    public void A_text_that_is_too_long_is_none()
    {
        byte[] message = Encoding.ASCII.GetBytes("Subject: long\r\n\r\n" + new string('x', SearchableText.Most) + "\r\n");
        Assert.Null(Text(MimeScanner.Scan(message), "Subject: long\r\n\r\n"u8, message));
    }

    private static string? Text(MessageIndex index, ReadOnlySpan<byte> header, byte[] message)
    {
        var text = new SearchableText();
        text.Begin(index);
        text.AddHeader(default, header);
        for (var wanted = text.Wanted; wanted.Length > 0; wanted = text.Wanted) text.Add(message.AsSpan((int)wanted.Offset, (int)Math.Min(1000, wanted.Length)));
        return text.End();
    }
}

using System.Buffers;
using System.Text;
using Mta.Interop.Tests.Bench;
using Mta.Protocol.Mime;
using Mta.Protocol.Tests.Mime;
using Mta.Testing;

namespace Mta.Interop.Tests;

/// <summary>What IMAP shows of a message is what Dovecot 2.3 shows of it, but for what is listed here with its reason.</summary>
public sealed class DovecotMimeTests
{
    private const string Stored = "RFC 9051 §2.3.3: octets are counted and shown as they are kept; Dovecot makes CRLF of a bare LF when it shows them",
        Delimiter = "RFC 2046 §5.1.1: the CRLF before a delimiter belongs to it, also where the close-delimiter of a part, or a header without an empty line, is before it; Dovecot is of two minds",
        EmptyLine = "RFC 2046 §5.1: the empty line that ends a header belongs to it, also where a delimiter follows",
        Filter = "RFC 9051 §6.4.5.1: what HEADER.FIELDS and HEADER.FIELDS.NOT give ends with the empty line; Dovecot leaves it out where it has no field to give and the header has none",
        Global = "RFC 9051 §7.5.2: message/global has an envelope, and parts, as message/rfc822 has; Dovecot 2.3 does not know it",
        Default = "RFC 2045 §5.2: what is no type is text/plain",
        Boundary = "RFC 2046 §5.1.1: a boundary has an octet at least; Dovecot takes any two hyphens for it";

    private static readonly Dictionary<string, string> OtherEnvelopes = new()
    {
        ["address-broken.eml"] = "no address list (RFC 5322 §3.4): what can be read of it is shown, with whole addresses",
        ["address-commas.eml"] = "RFC 5322 §4.4: an empty element of a list means nothing",
        ["address-quoted.eml"] = "RFC 5322 §4.4: a local part may be words with dots between, some of them quoted",
        ["controls.raw.eml"] = "RFC 5322 §4.1: control characters are obsolete in a phrase, and the address behind it is one",
        ["field-case.eml"] = "RFC 5322 §3.6.4: the white space behind a message id is not part of it",
    };

    private static readonly Dictionary<string, string> OtherStructures = new()
    {
        ["bare-lf.lf.raw.eml"] = Stored,
        ["boundary-empty.eml"] = Boundary,
        ["boundary-long.eml"] = "RFC 2046 §5.1.1 allows 70 octets; of longer ones Dovecot compares the first 80, and so misses the close-delimiter",
        ["disposition-odd.eml"] = "RFC 2183 §2.8: what cannot be read of a disposition is passed over, and the rest of it counts",
        ["message-global.eml"] = Global,
        ["params-2231.eml"] = "RFC 2045 §5.1: the order of parameters means nothing; Dovecot moves those that were joined",
        ["rfc822-in-mixed.eml"] = Delimiter,
        ["type-bad.eml"] = Default,
        ["type-empty.eml"] = Default,
        ["type-junk.eml"] = Default,
        ["type-no-semicolon.eml"] = "RFC 2045 §5.1: type and subtype are there; only the parameters cannot be read",
        ["type-slash.eml"] = Default,
    };

    private static readonly Dictionary<string, string> OtherSections = new()
    {
        ["bare-lf.lf.raw.eml"] = Stored,
        ["mixed-ends.raw.eml"] = Stored,
        ["nul.raw.eml"] = "RFC 9051 §4.3.1: no literal holds NUL, for which Dovecot shows 80; here it stands as it is, for BINARY, and who shows it elsewhere replaces it",
        ["boundary-empty.eml"] = Boundary,
        ["boundary-prefix.eml"] = Delimiter,
        ["boundary-same.eml"] = Delimiter,
        ["nested.eml"] = Delimiter,
        ["rfc822-in-mixed.eml"] = Delimiter,
        ["digest.eml"] = EmptyLine,
        ["empty-parts.eml"] = EmptyLine,
        ["multipart-nested-empty.eml"] = EmptyLine,
        ["rfc822-empty-part.eml"] = EmptyLine,
        ["empty.eml"] = Filter,
        ["header-only.eml"] = Filter,
        ["header-no-final-newline.eml"] = Filter,
        ["rfc822-base64.eml"] = Filter,
        ["rfc822-empty.eml"] = Filter,
        ["message-global.eml"] = Global,
    };

    private static readonly string[] Sections =
    [
        "HEADER", "TEXT", "HEADER.FIELDS (SUBJECT FOO CONTENT-TYPE)", "HEADER.FIELDS.NOT (SUBJECT DATE FROM TO MESSAGE-ID)",
        "1", "1.MIME", "1.HEADER", "1.TEXT", "1.HEADER.FIELDS (SUBJECT)", "2", "2.MIME", "2.HEADER", "2.TEXT", "2.HEADER.FIELDS.NOT (SUBJECT)", "3", "3.MIME", "3.HEADER", "3.TEXT", "4.MIME",
        "1.1", "1.1.MIME", "1.2", "1.2.MIME", "1.1.1", "1.1.2", "2.1", "2.1.MIME", "2.2",
    ];

    [Fact]
    public async Task Envelopes_are_the_same()
    {
        var answers = await Fetch("ENVELOPE");
        Compare(OtherEnvelopes, (name, index, _) => (ImapValue.Parse(MimeOutput.Envelope(index.Envelope)).ToString(), answers[name][1].ToString()));
    }

    [Fact]
    public async Task Structures_are_the_same()
    {
        var answers = await Fetch("BODY BODYSTRUCTURE");
        Compare(OtherStructures, (name, index, _) => (
            ImapValue.Parse(MimeOutput.Structure(index.Root, extended: false)) + "\n" + ImapValue.Parse(MimeOutput.Structure(index.Root)),
            answers[name][1] + "\n" + answers[name][3]));
    }

    [Fact]
    public async Task Sections_are_the_same()
    {
        var answers = await Fetch(string.Join(' ', Sections.Select(s => $"BODY.PEEK[{s}]")));
        Compare(OtherSections, (name, index, message) =>
        {
            var (ours, theirs) = (new StringBuilder(), new StringBuilder());
            for (int i = 0; i < Sections.Length; i++)
            {
                string answer = answers[name][2 * i + 1].Text!;
                string? octets = Read(index, message, Sections[i]);
                // RFC 9051 §6.4.5.1: a part that is no multipart and no message has no part 1 within; Dovecot shows the part itself
                if (octets is null && Sections[i].Contains(".1", StringComparison.Ordinal)) continue;
                ours.Append(Sections[i]).Append(": ").Append(octets).Append('\n');
                theirs.Append(Sections[i]).Append(": ").Append(answer).Append('\n');
            }
            return (ours.ToString(), theirs.ToString());
        });
    }

    [Fact]
    public async Task Mail_as_programs_compose_it_is_the_same()
    {
        var mail = new GeneratedMail(seed: 9051);
        byte[][] messages = [.. Enumerable.Range(0, 300).Select(_ => mail.Next())];
        using var dovecot = await DovecotImap.Start(messages);
        var answers = await dovecot.Fetch(messages.Length, "ENVELOPE BODY BODYSTRUCTURE");
        for (int i = 0; i < messages.Length; i++)
        {
            var index = MimeScanner.Scan(messages[i]);
            string[] ours = [MimeOutput.Envelope(index.Envelope), MimeOutput.Structure(index.Root, extended: false), MimeOutput.Structure(index.Root)];
            for (int item = 0; item < ours.Length; item++)
            {
                string theirs = answers[i][2 * item + 1].ToString();
                Assert.True(ImapValue.Parse(ours[item]).ToString() == theirs, $"message {i}\n  ours:   {ImapValue.Parse(ours[item])}\n  theirs: {theirs}\n{Encoding.Latin1.GetString(messages[i])}");
            }
        }
    }

    [Fact]
    public async Task Its_parts_are_the_same_octets_encoded_and_decoded()
    {
        var mail = new GeneratedMail(seed: 3516);
        byte[][] messages = [.. Enumerable.Range(0, 200).Select(_ => mail.Next())];
        var indexes = messages.Select(m => MimeScanner.Scan(m)).ToArray();
        var leaves = indexes.Select(index => Leaves(index.Root, "").ToArray()).ToArray();
        using var dovecot = await DovecotImap.Start(messages);
        var answers = await dovecot.Fetch([.. leaves.Select(all => string.Join(' ', all.Select(leaf => $"BODY.PEEK[{leaf.Path}] BODY.PEEK[{leaf.Path}.MIME] BINARY.PEEK[{leaf.Path}]")))]);
        for (int i = 0; i < messages.Length; i++)
        {
            for (int leaf = 0; leaf < leaves[i].Length; leaf++)
            {
                var (path, part) = leaves[i][leaf];
                var body = messages[i].AsMemory((int)part.Body.Offset, (int)part.Body.Length);
                var decoded = new ArrayBufferWriter<byte>();
                var decoder = BodyDecoder.For(part)!;
                decoder.Decode(body.Span, decoded);
                decoder.Finish(decoded);
                Assert.Equal(-1, decoder.ErrorOffset);
                string?[] ours = [Read(indexes[i], messages[i], path), Read(indexes[i], messages[i], path + ".MIME"), Encoding.Latin1.GetString(decoded.WrittenSpan)];
                Assert.Equal(Enumerable.Range(0, 3).Select(item => answers[i][6 * leaf + 2 * item + 1].Text), ours);
            }
        }
    }

    [Fact]
    public async Task What_is_searched_is_found_in_the_same_messages()
    {
        var mail = new GeneratedMail(seed: 5051);
        byte[][] messages = [.. Enumerable.Range(0, 200).Select(_ => mail.Next())];
        var indexes = messages.Select(m => MimeScanner.Scan(m)).ToArray();
        (string Key, string Text)[] searches =
        [
            .. from key in (string[])["SUBJECT", "FROM", "TO", "BODY", "TEXT"]
               from text in (string[])["grüße", "WORLD", "ÜBER", "日本語", "🙂", "[List]", "(paren)", "user.1", "to be folded", "hello world", "quote\"", "nobody wrote this"]
               select (key, text),
        ];
        using var dovecot = await DovecotImap.Start(messages);
        var answers = await dovecot.Search(searches);
        var wrong = new StringBuilder();
        foreach (var ((key, text), theirs) in searches.Zip(answers))
        {
            var needle = new SearchNeedle(text);
            string ours = string.Join(' ', Enumerable.Range(0, messages.Length).Where(i => IsFound(key, needle, indexes[i], messages[i])).Select(i => i + 1));
            // RFC 9051 §6.4.4: FROM and TO are searched in the envelope, where no backslash is before a quote; Dovecot writes the names anew, and finds some of them
            if (key is "FROM" or "TO" && text.Contains('"', StringComparison.Ordinal) && theirs.Split(' ').All(ours.Split(' ').Contains)) continue;
            if (ours != theirs) wrong.Append(key).Append(' ').Append(text).Append("\n  ours:   ").Append(ours).Append("\n  theirs: ").Append(theirs).Append('\n');
        }
        Assert.True(answers.Count == searches.Length && wrong.Length == 0, wrong.ToString());
    }

    private static bool IsFound(string key, SearchNeedle needle, MessageIndex index, byte[] message) => key is "BODY" or "TEXT"
        ? new SearchText(needle, headers: key == "TEXT").IsIn(index, message)
        : SearchHeader.IsIn(message.AsSpan(0, (int)index.Root.Header.Length), Encoding.ASCII.GetBytes(key), needle);

    /// <summary>The parts that hold no others, with their numbers.</summary>
    private static IEnumerable<(string Path, MimePart Part)> Leaves(MimePart part, string path, bool isMessage = true)
    {
        string start = path.Length > 0 ? path + "." : "";
        if (part.IsMultipart) return part.Children.SelectMany((child, i) => Leaves(child, $"{start}{i + 1}", isMessage: false));
        if (isMessage) path = start + "1";
        return part.Message is { } message ? Leaves(message.Root, path) : [(path, part)];
    }

    private static string? Read(MessageIndex index, byte[] message, string text)
    {
        Assert.True(SectionPath.TryParse(Encoding.ASCII.GetBytes(text), out var section));
        if (!section.TryFind(index, out var range)) return null;
        var octets = message.AsSpan((int)range.Offset, (int)range.Length);
        if (section.Fields.Count == 0) return Encoding.Latin1.GetString(octets);
        var output = new ArrayBufferWriter<byte>();
        var filter = new HeaderFilter(section.Fields, section.Kind == SectionKind.HeaderFieldsNot);
        filter.Add(octets, output);
        filter.Finish(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static async Task<Dictionary<string, ImapValue[]>> Fetch(string items)
    {
        using var dovecot = await DovecotImap.Start([.. Corpus.Names.Select(Corpus.Read)]);
        var answers = await dovecot.Fetch(Corpus.Names.Count, items);
        return Corpus.Names.Zip(answers).ToDictionary(p => p.Item1, p => p.Item2);
    }

    /// <summary>What is listed must differ, so that the list stays true.</summary>
    private static void Compare(Dictionary<string, string> others, Func<string, MessageIndex, byte[], (string Ours, string Theirs)> read)
    {
        var wrong = new StringBuilder();
        foreach (string name in Corpus.Names)
        {
            byte[] message = Corpus.Read(name);
            var (ours, theirs) = read(name, MimeScanner.Scan(message), message);
            if (ours == theirs == others.ContainsKey(name)) wrong.Append(name).Append(ours == theirs ? " is listed and does not differ\n" : $"\n  ours:   {ours}\n  theirs: {theirs}\n");
        }
        Assert.True(wrong.Length == 0, wrong.ToString());
    }
}

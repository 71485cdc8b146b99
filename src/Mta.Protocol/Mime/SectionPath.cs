using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>What stands between the brackets of BODY[…] and BINARY[…].</summary>
/// <param name="Numbers">From 1, outermost first; empty for the message itself.</param>
/// <param name="Fields">Names of header fields, for the two kinds that have them.</param>
public sealed record SectionPath(IReadOnlyList<int> Numbers, SectionKind Kind, IReadOnlyList<string> Fields)
{
    /// <summary>Numbers of the deepest section, and names in the longest list, that are read.</summary>
    public const int MostNumbers = 2 * MimeLimits.Depth, MostFields = 1000;

    private static readonly SearchValues<byte> NotInNames = SearchValues.Create("\"\\(){%*"u8);

    /// <summary>The message as a whole: <c>BODY[]</c>.</summary>
    public static SectionPath Whole { get; } = new([], SectionKind.All, []);

    /// <summary>Reads <c>1.2.HEADER.FIELDS (FROM TO)</c> and the like; names as atoms or quoted. Who has names as literals makes the record himself.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SectionPath? section)
    {
        section = null;
        var numbers = new List<int>();
        bool isOver = text.IsEmpty;
        while (!text.IsEmpty && text[0] is >= (byte)'1' and <= (byte)'9')
        {
            if (numbers.Count == MostNumbers || !Utf8Parser.TryParse(text, out int number, out int length)) return false;
            numbers.Add(number);
            text = text[length..];
            isOver = text.IsEmpty;
            if (isOver) break;
            if (text[0] != '.') return false;
            text = text[1..];
        }
        if (isOver)
        {
            section = new(numbers, SectionKind.All, []);
            return true;
        }
        int end = text.IndexOf((byte)' ');
        var word = end < 0 ? text : text[..end];
        if (KindOf(word, numbers.Count > 0) is not { } kind) return false;
        var fields = new List<string>();
        if (kind is SectionKind.HeaderFields or SectionKind.HeaderFieldsNot ? end < 0 || !TryReadFields(text[(end + 1)..], fields) : end >= 0) return false;
        section = new(numbers, kind, fields);
        return true;
    }

    /// <summary>
    /// Where it lies in the message; false where there is no such part: the answer is NIL. Of HEADER.FIELDS and HEADER.FIELDS.NOT it is the whole header section,
    /// which a <see cref="HeaderFilter"/> filters.
    /// </summary>
    public bool TryFind(MessageIndex index, out MimeRange range)
    {
        range = default;
        if (Numbers.Count == 0)
        {
            range = Kind switch
            {
                SectionKind.All => new(0, index.Size),
                SectionKind.Text => index.Root.Body,
                _ => index.Root.Header,
            };
            return Kind != SectionKind.Mime;
        }
        if (FindPart(index) is not { } part) return false;
        // RFC 9051 §6.4.5.1: HEADER and TEXT behind a number are those of a message that the part holds
        var source = Kind is SectionKind.All or SectionKind.Mime ? part : part.Message?.Root;
        if (source is null) return false;
        range = Kind is SectionKind.All or SectionKind.Text ? source.Body : source.Header;
        return true;
    }

    /// <summary>The part that the numbers name; the root for none (BINARY needs its transfer encoding).</summary>
    public MimePart? FindPart(MessageIndex index)
    {
        var part = index.Root;
        bool isMessage = true;
        foreach (int number in Numbers)
        {
            if (!isMessage && part.Message is { } message) (part, isMessage) = (message.Root, true);
            if (part.IsMultipart)
            {
                if (number > part.Children.Count) return null;
                part = part.Children[number - 1];
            }
            // RFC 9051 §6.4.5.1: a message that is no multipart has one part, number 1; any other part has none
            else if (!isMessage || number != 1) return null;
            isMessage = false;
        }
        return part;
    }

    private static SectionKind? KindOf(ReadOnlySpan<byte> word, bool hasNumbers)
    {
        if (Ascii.EqualsIgnoreCase(word, "HEADER"u8)) return SectionKind.Header;
        if (Ascii.EqualsIgnoreCase(word, "TEXT"u8)) return SectionKind.Text;
        if (Ascii.EqualsIgnoreCase(word, "HEADER.FIELDS"u8)) return SectionKind.HeaderFields;
        if (Ascii.EqualsIgnoreCase(word, "HEADER.FIELDS.NOT"u8)) return SectionKind.HeaderFieldsNot;
        // RFC 9051 §6.4.5.1: MIME must be prefixed by a number
        return hasNumbers && Ascii.EqualsIgnoreCase(word, "MIME"u8) ? SectionKind.Mime : null;
    }

    /// <summary><c>(FROM "TO")</c>, at least one.</summary>
    private static bool TryReadFields(ReadOnlySpan<byte> list, List<string> fields)
    {
        if (list.Length < 3 || list[0] != '(' || list[^1] != ')') return false;
        list = list[1..^1];
        while (true)
        {
            bool isQuoted = !list.IsEmpty && list[0] == '"';
            if (isQuoted) list = list[1..];
            int end = isQuoted ? list.IndexOf((byte)'"') : list.IndexOf((byte)' ');
            if (isQuoted && end < 0) return false;
            var name = end < 0 ? list : list[..end];
            // a name with anything else in it is in no header (RFC 5322 §3.6.8), nor in an atom
            if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)33, (byte)126) || name.ContainsAny(NotInNames) || fields.Count == MostFields) return false;
            fields.Add(Encoding.ASCII.GetString(name));
            list = end < 0 ? default : list[(end + (isQuoted ? 1 : 0))..];
            if (list.IsEmpty) return true;
            if (list[0] != ' ') return false;
            list = list[1..];
        }
    }
}

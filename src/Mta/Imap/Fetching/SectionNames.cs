using System.Buffers;
using System.Globalization;
using System.Text;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;
using Mta.Protocol.Mime;

namespace Mta.Imap.Fetching;

/// <summary>Sections as the client wrote them, and as they are found.</summary>
internal static class SectionNames
{
    /// <summary><c>BODY[1.HEADER.FIELDS (FROM TO)]&lt;0&gt;</c>: the item is told under the name it was asked for by (RFC 9051 §7.5.2).</summary>
    public static ReadOnlySpan<byte> Of(string item, ImapSection section, ImapFetchSlice? slice)
    {
        var name = new ArrayBufferWriter<byte>(64);
        var writer = new ImapResponseWriter(name, utf8: false);
        writer.Raw(Encoding.ASCII.GetBytes($"{item}[{string.Join('.', section.Part.Select(Number).Concat(Word(section.Text)))}"));
        if (section.Text is ImapSectionText.HeaderFields or ImapSectionText.HeaderFieldsNot)
        {
            writer.Raw(" ("u8);
            for (int i = 0; i < section.Fields.Count; i++)
            {
                if (i > 0) writer.Space();
                writer.AString(section.Fields[i]);
            }
            writer.Raw(")"u8);
        }
        writer.Raw(Encoding.ASCII.GetBytes("]" + Origin(slice)));
        return name.WrittenSpan;
    }

    /// <summary><c>BINARY[1.2]</c>.</summary>
    public static ReadOnlySpan<byte> Of(string item, IReadOnlyList<uint> part, ImapFetchSlice? slice) => Encoding.ASCII.GetBytes($"{item}[{string.Join('.', part.Select(Number))}]{Origin(slice)}");

    public static SectionPath Path(ImapSection section) => new(Numbers(section.Part), section.Text switch
    {
        ImapSectionText.Header => SectionKind.Header,
        ImapSectionText.HeaderFields => SectionKind.HeaderFields,
        ImapSectionText.HeaderFieldsNot => SectionKind.HeaderFieldsNot,
        ImapSectionText.Text => SectionKind.Text,
        ImapSectionText.Mime => SectionKind.Mime,
        _ => SectionKind.All,
    }, section.Fields);

    public static IReadOnlyList<int> Numbers(IReadOnlyList<uint> part) => [.. part.Select(n => (int)Math.Min(n, int.MaxValue))];

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Origin(ImapFetchSlice? slice) => slice is { } s ? string.Create(CultureInfo.InvariantCulture, $"<{s.Offset}>") : "";

    private static IEnumerable<string> Word(ImapSectionText text) => text switch
    {
        ImapSectionText.Header => ["HEADER"],
        ImapSectionText.HeaderFields => ["HEADER.FIELDS"],
        ImapSectionText.HeaderFieldsNot => ["HEADER.FIELDS.NOT"],
        ImapSectionText.Text => ["TEXT"],
        ImapSectionText.Mime => ["MIME"],
        _ => [],
    };
}

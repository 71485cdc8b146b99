using System.Collections.Frozen;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>Charsets by the names that mail has for them.</summary>
public static class Charset
{
    private const int LongestName = 40;
    private const int Utf8Page = 65001, AsciiPage = 20127, Latin1Page = 28591;

    // What the base class library does not know by that name. Where a name is used for a smaller set than is in the mail, the larger one is taken.
    private static readonly FrozenDictionary<string, int> Aliases = new Dictionary<string, int>
    {
        ["utf-8"] = Utf8Page,
        ["utf8"] = Utf8Page,
        ["unicode-1-1-utf-8"] = Utf8Page,
        ["us-ascii"] = AsciiPage,
        ["ascii"] = AsciiPage,
        ["ansi_x3.4-1968"] = AsciiPage,
        ["646"] = AsciiPage,
        ["iso-8859-1"] = Latin1Page,
        ["iso_8859-1"] = Latin1Page,
        ["iso8859-1"] = Latin1Page,
        ["latin1"] = Latin1Page,
        ["latin-1"] = Latin1Page,
        ["l1"] = Latin1Page,
        ["cp819"] = Latin1Page,
        ["utf-16"] = 1201, // RFC 2781 §4.3: without a mark it is big-endian
        ["utf-16be"] = 1201,
        ["utf-16le"] = 1200,
        ["utf-32"] = 12001,
        ["utf-32be"] = 12001,
        ["utf-32le"] = 12000,
        ["iso8859-2"] = 28592,
        ["iso8859-5"] = 28595,
        ["iso8859-7"] = 28597,
        ["iso8859-8"] = 28598,
        ["iso-8859-8-i"] = 28598,
        ["iso8859-9"] = 28599,
        ["iso8859-13"] = 28603,
        ["iso8859-15"] = 28605,
        ["iso-8859-15"] = 28605,
        ["latin-9"] = 28605,
        ["iso-8859-11"] = 874,
        ["tis-620"] = 874,
        ["cp1250"] = 1250,
        ["cp1251"] = 1251,
        ["cp1252"] = 1252,
        ["cp1253"] = 1253,
        ["cp1254"] = 1254,
        ["cp1255"] = 1255,
        ["cp1256"] = 1256,
        ["cp1257"] = 1257,
        ["cp1258"] = 1258,
        ["ansi"] = 1252,
        ["win-1251"] = 1251,
        ["koi8-r"] = 20866,
        ["koi8r"] = 20866,
        ["koi8-u"] = 21866,
        ["cp866"] = 866,
        ["gb2312"] = 936,
        ["gbk"] = 936,
        ["cp936"] = 936,
        ["gb18030"] = 54936,
        ["big5"] = 950,
        ["big5-hkscs"] = 950,
        ["cp950"] = 950,
        ["shift_jis"] = 932,
        ["shift-jis"] = 932,
        ["sjis"] = 932,
        ["x-sjis"] = 932,
        ["cp932"] = 932,
        ["windows-31j"] = 932,
        ["euc-jp"] = 51932,
        ["eucjp"] = 51932,
        ["iso-2022-jp"] = 50220,
        ["iso-2022-jp-1"] = 50220,
        ["euc-kr"] = 949,
        ["euckr"] = 949,
        ["ks_c_5601-1987"] = 949,
        ["cp949"] = 949,
        ["iso-2022-kr"] = 50225,
        ["macintosh"] = 10000,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> AliasOf = Aliases.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>
    /// Never throws, nor does the encoding. What is unknown is read as ISO 8859-1, and US-ASCII, which is what mail that says nothing is in, as the UTF-8 that it is
    /// where somebody left the label out.
    /// </summary>
    public static Encoding Find(ReadOnlySpan<byte> name) => TryFind(name) ?? Encoding.Latin1;

    /// <summary>The charset of a text part.</summary>
    public static Encoding Of(MimePart part)
    {
        foreach (var parameter in part.Parameters)
        {
            if (parameter.Name.Is("charset"u8)) return Find(parameter.Value.Octets);
            // RFC 2231 §4 lets even this have a charset and a language in front
            if (parameter.Name.Is("charset*"u8)) return Find(parameter.Value.Octets[(parameter.Value.Octets.LastIndexOf((byte)'\'') + 1)..]);
        }
        return Encoding.UTF8;
    }

    /// <summary>There is such a charset, so SEARCH CHARSET may name it.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> name) => TryFind(name) is not null;

    private static Encoding? TryFind(ReadOnlySpan<byte> name)
    {
        name = name.Trim(" \t\"'"u8);
        if (name.IsEmpty || name.Length > LongestName) return null;
        Span<char> text = stackalloc char[LongestName];
        text = text[..Encoding.Latin1.GetChars(name, text)];
        if (!AliasOf.TryGetValue(text, out int page)) return CodePagesEncodingProvider.Instance.GetEncoding(text.ToString());
        return page switch
        {
            Utf8Page or AsciiPage => Encoding.UTF8,
            Latin1Page => Encoding.Latin1,
            1200 => Encoding.Unicode,
            1201 => Encoding.BigEndianUnicode,
            12000 => Encoding.UTF32,
            12001 => BigEndianUtf32,
            _ => CodePagesEncodingProvider.Instance.GetEncoding(page),
        };
    }

    private static readonly UTF32Encoding BigEndianUtf32 = new(bigEndian: true, byteOrderMark: false);
}

using System.Text;
using Mta.Protocol.Mime;
using Mta.Testing;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Encoded words (RFC 2047), parameters (RFC 2231) and charsets.</summary>
public class WordTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("=?us-ascii?q?a?=", "a")]
    // RFC 2047 §8
    [InlineData("=?ISO-8859-1?Q?a?=", "a")]
    [InlineData("=?ISO-8859-1?Q?a?= b", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab")]
    [InlineData("=?ISO-8859-1?Q?a_b?=", "a b")]
    [InlineData("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b")]
    [InlineData("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>", "Keld Jørn Simonsen <keld@dkuug.dk>")]
    [InlineData("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=", "If you can read this you understand the example.")]
    [InlineData("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße")] // a character cut in two
    [InlineData("=?UTF-8?B?R3LDvMOfZQ?=", "Grüße")] // padding is missing
    [InlineData("=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße")] // RFC 2231 §5
    [InlineData("a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d")]
    [InlineData("x=?utf-8?q?b?=y", "xby")]
    [InlineData("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本")]
    [InlineData("=?shift_jis?B?k/qWew==?=", "日本")]
    [InlineData("=?gb2312?B?1tDOxA==?=", "中文")]
    [InlineData("=?euc-kr?B?x9Gx2w==?=", "한글")]
    [InlineData("=?koi8-r?B?8NLJ18XU?=", "Привет")]
    [InlineData("=?windows-1252?Q?=80?=", "€")]
    [InlineData("=?x-unknown?Q?=E9?=", "é")]
    [InlineData("=?utf-8?q?=FF?=", "\uFFFD")]
    [InlineData("=?utf-8?x?a?=", "=?utf-8?x?a?=")]
    [InlineData("=?utf-8?q?a", "=?utf-8?q?a")]
    [InlineData("=?utf-8?q?a?", "=?utf-8?q?a?")]
    [InlineData("=??q?a?=", "=??q?a?=")]
    [InlineData("=?=?utf-8?q?a?=", "=?a")]
    [InlineData("=?utf-8?q?100%=zz_=4?=", "100%=zz =4")]
    [InlineData("folded\r\n here", "folded here")]
    public void Words_are_decoded(string value, string text) => Assert.Equal(text, EncodedWords.Decode(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void What_is_no_utf8_is_latin1() => Assert.Equal("Grüße", EncodedWords.Decode(Encoding.Latin1.GetBytes("Grüße")));

    [Theory]
    [InlineData("filename=a.txt", "a.txt")]
    [InlineData("filename=\"a \\\"b\\\".txt\"", "a \"b\".txt")]
    [InlineData("filename*=utf-8'de'Gr%C3%BC%C3%9Fe.txt", "Grüße.txt")]
    [InlineData("filename=ascii.txt; filename*=utf-8''b.txt", "b.txt")]
    [InlineData("filename*0=one; filename*1=\" two\"", "one two")]
    [InlineData("filename*1=b; filename*0=a", "ab")]
    [InlineData("filename*0*=utf-8''Gr%C3; filename*1*=%BC%C3%9Fe; filename*2=\" 100%\"", "Grüße 100%")]
    [InlineData("filename=\"=?utf-8?q?Gr=C3=BC=C3=9Fe?=\"", "Grüße")]
    [InlineData("filename*=nonsense", "nonsense")]
    [InlineData("filename*=''a%2", "a%2")]
    [InlineData("size=1", null)]
    public void A_file_has_a_name(string parameters, string? name)
    {
        var part = MimeScanner.Scan(Encoding.UTF8.GetBytes("Content-Disposition: attachment; " + parameters + "\r\n\r\n")).Root;
        Assert.Equal(name, ParameterText.FileName(part));
    }

    [Fact]
    public void Or_its_type_names_it() =>
        Assert.Equal("b", ParameterText.FileName(MimeScanner.Scan(Corpus.Message("Content-Type: a/b; name=b\nContent-Disposition: inline\n\n")).Root));

    [Theory]
    [InlineData("UTF-8", true)]
    [InlineData("us-ascii", true)]
    [InlineData("ISO-8859-15", true)]
    [InlineData("windows-1251", true)]
    [InlineData("IBM850", true)]
    [InlineData("utf-7", false)] // has no use but to hide what is written
    [InlineData("x-user-defined", false)]
    [InlineData("", false)]
    [InlineData("a-name-that-is-longer-than-any-name-of-any-charset-is", false)]
    public void Charsets_are_known_or_not(string name, bool isKnown)
    {
        Assert.Equal(isKnown, Charset.IsKnown(Encoding.ASCII.GetBytes(name)));
        Assert.NotNull(Charset.Find(Encoding.ASCII.GetBytes(name)).GetString([0xFF, 0xFE, 0x80]));
    }
}

using System.Text;

namespace Mta.Protocol.Tests.Mime;

/// <summary>Two megabytes each of what somebody may send to keep a mailbox busy.</summary>
internal static class HostileMessages
{
    private const int Size = 2 * 1024 * 1024;

    private static readonly Dictionary<string, Func<string>> Messages = new()
    {
        ["parts"] = () => "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\n\r\n\r\n"),
        ["parts with headers"] = () => "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\nContent-Type: text/plain; a=b; c=d\r\nContent-Disposition: x; y=z\r\n\r\n"),
        ["parts with long headers"] = () => "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\nContent-Type: text/plain" + Fill("; a=b", 300_000) + "\r\n\r\n"),
        ["parts with continued parameters"] = () => "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\nContent-Type: text/plain" + string.Concat(Enumerable.Range(0, 100).Select(i => $";{(char)('a' + i % 26)}{i}*0=x")) + "\r\n\r\n"),
        ["parts with addresses"] = () => "Content-Type: multipart/digest; boundary=b\r\n\r\n" + Fill("--b\r\n\r\nTo: " + Fill("a@b,", 1000) + "\r\n\r\n"),
        ["empty parts"] = () => "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\n"),
        ["nested multiparts"] = () => string.Concat(Enumerable.Range(0, 30_000).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n")),
        ["nested messages"] = () => Fill("Content-Type: message/rfc822\r\n\r\n"),
        ["nested messages in digests"] = () => string.Concat(Enumerable.Range(0, 30_000).Select(i => $"Content-Type: multipart/digest; boundary=b{i}\r\n\r\n--b{i}\r\n\r\n")),
        ["lines that are no delimiters"] = () => Nested(i => $"a{i:D3}") + Fill("--a\r\n"),
        ["lines that are short"] = () => Nested(i => $"a{i:D3}") + Fill("--\n"),
        ["hyphens"] = () => Nested(i => $"a{i:D3}") + Fill("\n-"),
        ["boundaries that begin alike"] = () => Nested(i => new string('a', 200) + i.ToString("D3", null)) + Fill("--" + new string('a', 203) + "\n"),
        ["boundaries that begin and end alike"] = () => Nested(i => $"aaaaaaaa{i:D3}bbbbbbbb") + Fill("--aaaaaaaaxxxbbbbbbbb\n"),
        ["boundaries that are beginnings of each other"] = () => Nested(i => new string('a', i + 3)) + Fill("--" + new string('a', 110) + "\n"),
        ["one line"] = () => new string('x', Size),
        ["one header"] = () => "Subject: " + new string('x', Size),
        ["one folded header"] = () => "Subject: x" + Fill("\r\n y"),
        ["many fields"] = () => Fill("Subject: x\r\n"),
        ["many short fields"] = () => Fill("a:\n"),
        ["no fields"] = () => Fill("x\n"),
        ["encoded words"] = () => "Subject:" + Fill(" =?utf-8?q?a?="),
        ["encoded words of many charsets"] = () => "Subject:" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $" =?x{i}?q?a?=")),
        ["encoded words that are none"] = () => "Subject: " + Fill("=?a?q?"),
        ["encoded words in names"] = () => "From: " + Fill("=?a?b?YQ?= <a@b>,"),
        ["addresses"] = () => "To: " + Fill("a@b,"),
        ["addresses in all fields"] = () => string.Concat(new[] { "To", "Cc", "Bcc", "From", "Sender", "Reply-To" }.Select(n => n + ": " + Fill("a@b,", 40_000) + "\r\n")),
        ["groups"] = () => "To: " + Fill("a:;"),
        ["commas"] = () => "To: " + Fill(","),
        ["comments"] = () => "To: " + Fill("("),
        ["comments in line"] = () => "To: " + Fill("(a)"),
        ["quotes"] = () => "To: " + Fill("\""),
        ["quoted strings"] = () => "To: " + Fill("\"a\" "),
        ["open brackets"] = () => "To: " + Fill("<"),
        ["brackets"] = () => "To: " + Fill("<>,"),
        ["routes"] = () => "To: <" + Fill("@a,"),
        ["literals"] = () => "To: " + Fill("a@[,"),
        ["backslashes"] = () => "To: \"" + Fill("\\"),
        ["words"] = () => "To: " + Fill("a "),
        ["parameters"] = () => "Content-Type: a/b" + Fill(";a=b"),
        ["parameters with quotes"] = () => "Content-Type: a/b" + Fill(";a=\"\\\"\""),
        ["continued parameters"] = () => "Content-Type: a/b" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $";a*{i}*=%20")),
        ["continued parameters of many names"] = () => "Content-Type: a/b" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $";a{i}*0=x")),
        ["semicolons"] = () => "Content-Type: a/b" + Fill(";"),
        ["comments in a type"] = () => "Content-Type: " + Fill("(") + "a/b",
        ["languages"] = () => "Content-Language: " + Fill("a,"),
        ["references"] = () => "References: " + Fill("<a>"),
        ["references that are none"] = () => "References: " + Fill("<"),
        ["quoted references"] = () => "References: " + Fill("<\"a\"@b>"),
        ["subjects of lists"] = () => "Subject: " + Fill("[a]"),
        ["subjects of answers"] = () => "Subject: " + Fill("re:"),
        ["subjects of answers in lists"] = () => "Subject: " + Fill("[a]re:"),
        ["subjects that are forwarded"] = () => "Subject: " + Fill("[fwd:") + Fill("]"),
        ["subjects that were forwarded"] = () => "Subject: " + Fill("(fwd)"),
        ["dates"] = () => "Date: " + Fill("("),
        ["nulls"] = () => new string('\0', Size),
        ["line ends"] = () => Fill("\n"),
        ["returns"] = () => Fill("\r"),
        ["8-bit"] = () => Fill("\u00FF\n"),
    };

    public static IEnumerable<string> Names => Messages.Keys;

    public static byte[] Make(string name)
    {
        byte[] message = Encoding.Latin1.GetBytes(Messages[name]());
        return message.Length > Size ? message[..Size] : message;
    }

    private static string Nested(Func<int, string> boundary) =>
        string.Concat(Enumerable.Range(0, 99).Select(i => $"Content-Type: multipart/mixed; boundary=\"{boundary(i)}\"\r\n\r\n--{boundary(i)}\r\n")) + "\r\n";

    public static string Fill(string piece, int length = Size) => string.Concat(Enumerable.Repeat(piece, length / piece.Length));
}

using System.Buffers;
using System.Text;
using CsCheck;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;

namespace Mta.Protocol.Tests.Imap;

public class ResponseWriterTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char[' ', '~'].Select(c => c.ToString()), Gen.OneOf<string>(["\"", "\\", "\r\n", "\n", "{3}", "&", "é", "漢", "\u007F", " ", "NIL", "%", "*"]),
        Gen.Int[1, 0x10FFFF].Where(Rune.IsValid).Select(char.ConvertFromUtf32)).Array[0, 10].Select(string.Concat);

    [Fact]
    public void Status_lines()
    {
        Assert.Equal("a1 OK done\r\n", Written(writer => writer.Tagged("a1", ImapStatus.Ok, default, "done")));
        Assert.Equal("a1 NO [TRYCREATE] no such mailbox\r\n", Written(writer => writer.Tagged("a1", ImapStatus.No, ImapCode.TryCreate, "no such mailbox")));
        Assert.Equal("* BYE enough\r\n", Written(writer => writer.Untagged(ImapStatus.Bye, default, "enough")));
        Assert.Equal("* PREAUTH hello\r\n", Written(writer => writer.Untagged(ImapStatus.PreAuth, default, "hello")));
        Assert.Equal("* OK [CAPABILITY IMAP4rev1 IMAP4rev2] ready\r\n", Written(writer => writer.Untagged(ImapStatus.Ok, ImapCode.Capability("IMAP4rev1 IMAP4rev2"), "ready")));
        Assert.Equal("* BAD what?\r\n", Written(writer => writer.Error(new(null, ImapStatus.Bad, "what?"))));
        Assert.Equal("a OK a??b?\r\n", Written(writer => writer.Tagged("a", ImapStatus.Ok, default, "a\r\nbé")));
        Assert.Equal("+ go on\r\n", Written(writer => writer.Continuation("go on")));
        Assert.Equal("+ dGlt\r\n", Written(writer => writer.Challenge("tim"u8)));
        Assert.Equal("+ \r\n", Written(writer => writer.Challenge(default)));
    }

    [Fact]
    public void Codes()
    {
        string[] codes =
        [
            "[UIDNEXT 4392]", "[UIDVALIDITY 3857529045]", "[UNSEEN 12]", "[APPENDUID 38505 3955:3957]", "[COPYUID 38505 304,319:320 3956:3958]", "[HIGHESTMODSEQ 715194045007]",
            "[MODIFIED 7,9]", "[MAILBOXID (F2212ea87-6097-4256-9d51-71338625)]", "[METADATA LONGENTRIES 2199]", "[METADATA MAXSIZE 1024]", "[PERMANENTFLAGS (\\Deleted \\Seen $Junk \\*)]",
        ];
        ImapCode[] written =
        [
            ImapCode.UidNext(4392), ImapCode.UidValidity(3857529045), ImapCode.Unseen(12), ImapCode.AppendUid(38505, ImapSet.Of([3955, 3956, 3957])),
            ImapCode.CopyUid(38505, ImapSet.Of([304, 319, 320]), ImapSet.Of([3956, 3957, 3958])), ImapCode.HighestModSeq(715194045007), ImapCode.Modified(ImapSet.Of([7, 9])),
            ImapCode.MailboxId("F2212ea87-6097-4256-9d51-71338625"), ImapCode.MetadataLongEntries(2199), ImapCode.MetadataMaxSize(1024),
            ImapCode.PermanentFlags(new(ImapSystemFlags.Seen | ImapSystemFlags.Deleted, ["$Junk"]), any: true),
        ];
        Assert.Equal(codes, written.Select(code => Written(writer => writer.Untagged(ImapStatus.Ok, code, ""))[5..^3]));
    }

    [Fact]
    public void Lines_for_messages()
    {
        Assert.Equal("* 23 EXISTS\r\n", Written(writer => writer.Numbered(23, "EXISTS"u8)));
        Assert.Equal("* 12 FETCH (FLAGS (\\Seen $Forwarded) UID 4827313 RFC822.SIZE 44827)\r\n", Written(writer => WriteFetch(writer, ["$Forwarded"])));
        Assert.Equal("* 25900 UIDFETCH (FLAGS ())\r\n", Written(writer =>
        {
            writer.BeginFetch(25900, isUid: true);
            writer.FetchItem("FLAGS"u8, isFirst: true);
            writer.Flags(ImapSystemFlags.None, []);
            writer.EndFetch();
        }));
        Assert.Equal("* VANISHED (EARLIER) 41,43:116,*\r\n", Written(writer =>
        {
            writer.BeginLine("VANISHED"u8);
            writer.Raw(" (EARLIER) "u8);
            writer.Set([new(41, 41), new(43, 116), new(0, 0)]);
            writer.EndLine();
        }));
        Assert.Equal("\" 7-Feb-1994 21:52:05 -0830\"", Written(writer => writer.DateTime(new(1994, 2, 7, 21, 52, 5, new(-8, -30, 0)))));
        Assert.Equal("\"17-Jul-1996 02:44:25 +0000\"", Written(writer => writer.DateTime(new(1996, 7, 17, 2, 44, 25, TimeSpan.Zero))));
    }

    [Theory]
    [InlineData("abc", false, "abc", "\"abc\"")]
    [InlineData("", false, "\"\"", "\"\"")]
    [InlineData("nil", false, "\"nil\"", "\"nil\"")]
    [InlineData("a b", false, "\"a b\"", "\"a b\"")]
    [InlineData("a\"\\", false, "\"a\\\"\\\\\"", "\"a\\\"\\\\\"")]
    [InlineData("a]", false, "\"a]\"", "\"a]\"")]
    [InlineData("a\nb", false, "{3}\r\na\nb", "{3}\r\na\nb")]
    [InlineData("é", false, "{2}\r\né", "{2}\r\né")]
    [InlineData("é", true, "\"é\"", "\"é\"")]
    [InlineData("a\0b", true, "{3}\r\na?b", "{3}\r\na?b")]
    public void Strings(string value, bool utf8, string astring, string text)
    {
        Assert.Equal(astring, Written(writer => writer.AString(value), utf8));
        Assert.Equal(text, Written(writer => writer.String(value), utf8));
        Assert.Equal(text, Written(writer => writer.NString(value), utf8));
    }

    [Fact]
    public void Literals_and_nothing()
    {
        Assert.Equal("NIL", Written(writer => writer.NString(null)));
        Assert.Equal("~{4294967296}\r\n", Written(writer => writer.Literal8Header(4294967296)));
        Assert.Equal($"{{1025}}\r\n{new string('x', 1025)}", Written(writer => writer.String(new string('x', 1025))));
        Assert.Equal("{1}\r\n\xFF", Encoding.Latin1.GetString(Octets(writer => writer.String([0xFF]), utf8: true)));
    }

    [Theory]
    [InlineData("INBOX", false, "INBOX")]
    [InlineData("Entwürfe", false, "Entw&APw-rfe")]
    [InlineData("Entwürfe", true, "\"Entwürfe\"")]
    [InlineData("a & b", false, "\"a &- b\"")]
    [InlineData("a&b", true, "a&b")]
    public void Mailboxes(string name, bool utf8, string expected) => Assert.Equal(expected, Written(writer => writer.Mailbox(name), utf8));

    [Fact]
    public void What_is_written_is_read_as_it_was() => Gen.Select(Texts, Gen.Bool).Sample((text, utf8) =>
    {
        // what the one side writes as a response, the other would as a command; a literal comes without waiting
        string astring = Read(Octets(writer => writer.AString(text), utf8), utf8, value => [.. "a LOGIN "u8, .. value, .. " x\r\n"u8], ImapStates.NotAuthenticated);
        Assert.Equal(text, astring);
        if (text.Length == 0 || text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') || text.Equals("INBOX", StringComparison.OrdinalIgnoreCase)) return;
        Assert.Equal(text, Read(Octets(writer => writer.Mailbox(text), utf8), utf8, value => [.. "a SELECT "u8, .. value, .. "\r\n"u8], ImapStates.Authenticated));
    });

    [Fact]
    public void Dates_come_back() => Gen.Select(Gen.DateTime[new(1900, 1, 1, 0, 0, 0), new(9000, 1, 1, 0, 0, 0)], Gen.Int[-840, 840]).Sample((time, offset) =>
    {
        var date = new DateTimeOffset(new DateTime(time.Ticks - time.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Unspecified), TimeSpan.FromMinutes(offset));
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, ImapStates.Authenticated);
        peer.Send([.. "a APPEND INBOX "u8, .. Octets(writer => writer.DateTime(date)), .. " {1+}\r\nx\r\n"u8]);
        var read = ((AppendCommand)peer.Commands.Single()).Messages[0].Date!.Value;
        Assert.Equal((date, date.Offset), (read, read.Offset));
    });

    [Fact]
    public void A_line_for_each_message_costs_no_memory()
    {
        var output = new ArrayBufferWriter<byte>(1 << 20);
        var writer = new ImapResponseWriter(output, utf8: false);
        List<string> keywords = ["$Forwarded", "Work"];
        WriteFetch(writer, keywords);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5000; i++) WriteFetch(writer, keywords);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void WriteFetch(ImapResponseWriter writer, IReadOnlyList<string> keywords)
    {
        writer.BeginFetch(12);
        writer.FetchItem("FLAGS"u8, isFirst: true);
        writer.Flags(ImapSystemFlags.Seen, keywords);
        writer.FetchItem("UID"u8, isFirst: false);
        writer.Number(4827313);
        writer.FetchItem("RFC822.SIZE"u8, isFirst: false);
        writer.Number(44827);
        writer.EndFetch();
    }

    private static string Read(byte[] value, bool utf8, Func<byte[], byte[]> command, ImapStates state)
    {
        // {n} waits for a continuation, which the peer says and does not wait for
        var peer = new ImapPeer(ImapReaderOptions.SignedIn, state) { Reader = { Utf8 = utf8 } };
        peer.Send(command(value));
        return peer.Commands.Single() switch
        {
            LoginCommand login => login.Name,
            SelectCommand select => select.Mailbox,
            var other => throw new InvalidOperationException($"{other}"),
        };
    }

    private static string Written(Action<ImapResponseWriter> write, bool utf8 = false) => Encoding.UTF8.GetString(Octets(write, utf8));

    private static byte[] Octets(Action<ImapResponseWriter> write, bool utf8 = false)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new(output, utf8));
        return output.WrittenSpan.ToArray();
    }
}

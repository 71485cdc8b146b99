using System.Globalization;
using System.Text;
using Mta.Interop.Tests.Bench;

namespace Mta.Interop.Tests;

/// <summary>Whatever may come in leaves below our Received field, octet by octet.</summary>
public sealed class FidelityTests
{
    private const string Header = "Subject: x\r\n\r\n";

    // What DATA can say: nothing, or whole lines.
    private static readonly byte[][] Texts =
    [
        [],
        Latin("\r\n"),
        Latin("\r\n\r\n"),
        Latin("no header here\r\n"),
        Latin("Subject: x\r\n"),
        Latin(Header),
        Latin("\r\nblank line first\r\n"),
        Latin(" folded: before any field\r\n\r\nx\r\n"),
        Latin("Subject : space before the colon\r\n\r\nx\r\n"),
        Latin("Subject:\r\n \r\n\tfolded to nothing\r\n\r\nx\r\n"),
        Latin("X-Empty:\r\n\r\n\r\n\r\n"),
        Latin("Return-Path: <forged@src.test>\r\nBcc: secret@src.test\r\nContent-Length: 3\r\nStatus: RO\r\n\r\nx\r\n"),
        Latin("From alice Mon Mar  2 10:00:00 2026\r\nSubject: mbox\r\n\r\nFrom bob\r\n>From carol\r\n"),
        Latin(Header + ".\r\n..\r\n...\r\n.a\r\n. \r\n\r\n.\r\n"),
        Latin(".\r\n"),
        Latin(".Subject: a dot\r\n\r\n.\r\n"),
        Latin(Header + "trailing white space \t \r\n \t\r\n\t\r\n"),
        Latin(Header + "\u0001\u0002\u0007\u0008\u000b\u000c\u000e\u001a\u001b\u007f\r\n"),
        Latin(Header + "8 bits that nobody announced: äöü\u0080\u00ff\r\n"),
        Encoding.UTF8.GetBytes(Header + "schöne Grüße, δοκιμή, 例え\r\n"),
        Latin(Header + "\u00c3\u0028 no UTF-8 \u00f8\u00a1\u00a1\u00a1\u00a1\r\n"),
        Latin(Header + "QUIT\r\nRSET\r\nMAIL FROM:<x@y.test>\r\nBDAT 5 LAST\r\n"),
        Latin("X-Long: " + new string('h', 20_000) + "\r\n\r\n" + new string('.', 60_000) + "\r\n"),
        .. from size in (int[])[4094, 4095, 4096, 4097, 65_534, 65_535, 65_536, 65_537, 131_072, 1_048_575, 1_048_577, 3_000_000] select Lines(size),
        .. from seed in Enumerable.Range(1, 60) select Chance(seed, "\r\n"),
    ];

    // What only BDAT can say, and only BODY=BINARYMIME carries on.
    private static readonly byte[][] Binaries =
    [
        Latin(Header + "no end of line"),
        Latin(Header + "a CR \r and a LF \n alone\r"),
        Latin(Header + "\n.\n\r.\r\r\n.\r\n.\n"),
        Latin(Header + "\0\0\0"),
        [.. Latin(Header), .. Enumerable.Range(0, 256 * 300).Select(i => (byte)i)],
        .. from seed in Enumerable.Range(1, 40) select (byte[])[.. Latin(Header), .. Chance(seed, "\r", "\n", "\0")],
    ];

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Lines of all lengths up to 120, so many octets together.</summary>
    private static byte[] Lines(int size)
    {
        var text = new StringBuilder(Header, size);
        for (int length = 0; text.Length < size - 2; length = (length + 7) % 120) text.Append('.', Math.Min(length, size - 2 - text.Length)).Append("\r\n");
        text.Length = size - 2;
        // a CR that lost its LF where the text was cut
        if (text[^1] == '\r') text[^1] = '.';
        return Latin(text.Append("\r\n").ToString());
    }

    private static byte[] Chance(int seed, params string[] pieces)
    {
        var random = new Random(seed);
        string[] all = [.. pieces, "\r\n", "\r\n", ".", "..", " ", "\t", "a", "=", "--", "X: ", "\u00e4", "\u00ff", new('w', 200)];
        var text = new StringBuilder();
        for (int i = random.Next(400); i > 0; i--) text.Append(all[random.Next(all.Length)]);
        return Latin(text.Append("\r\n").ToString());
    }

    private static async Task Check(RecordingSink sink, byte[][] messages, Func<WireClient, string, byte[], Task> send)
    {
        await using var mta = await MtaProcess.Start($"relay.routes = [ {{ domain = \"*\", next-hop = [\"127.0.0.1:{sink.Port}\"] }} ]");
        using var client = await WireClient.Connect(mta.SmtpPort);
        for (int i = 0; i < messages.Length; i++) await send(client, string.Create(CultureInfo.InvariantCulture, $"{i}@dst.test"), messages[i]);
        await sink.Received(messages.Length, () => mta.Output);
        var arrived = sink.Messages.ToDictionary(m => int.Parse(m.Recipients.Single().Split('@')[0], CultureInfo.InvariantCulture));
        Assert.All(messages, (message, i) => Assert.True(BelowTrace(arrived[i].Data).SequenceEqual(Expected(message)),
            $"sent {Encoding.Latin1.GetString(message)}\narrived {arrived[i].Text}"));

        // a first line that would continue our field is kept apart from it by a blank one
        static byte[] Expected(byte[] message) => message is [(byte)' ' or (byte)'\t', ..] ? [13, 10, .. message] : message;

        // our field ends with the line after the semicolon; what comes next may look like a part of it
        static ReadOnlySpan<byte> BelowTrace(ReadOnlySpan<byte> data)
        {
            var date = data[(data.IndexOf(";\r\n\t"u8) + 4)..];
            return date[(date.IndexOf("\r\n"u8) + 2)..];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_by_data(bool isChunkedOnward)
    {
        await using var sink = isChunkedOnward ? new RecordingSink { Extensions = RecordingSink.Everything } : new RecordingSink();
        await Check(sink, Texts, (client, to, data) => client.SendData("alice@src.test", [to], data));
        Assert.Equal(isChunkedOnward, sink.Messages.Any(m => m.IsChunked));
    }

    [Theory]
    [InlineData(false, 1 << 20)]
    [InlineData(true, 1 << 20)]
    [InlineData(false, 1000)]
    [InlineData(true, 4096)]
    public async Task Text_by_chunks(bool isChunkedOnward, int size)
    {
        await using var sink = isChunkedOnward ? new RecordingSink { Extensions = RecordingSink.Everything } : new RecordingSink();
        await Check(sink, Texts, (client, to, data) => client.SendChunks("alice@src.test", [to], data, size, "BODY=8BITMIME"));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(7)]
    public async Task Binary_by_chunks(int size)
    {
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        await Check(sink, Binaries.Where(b => b.Length / size < 2000).ToArray(), (client, to, data) => client.SendChunks("alice@src.test", [to], data, size, "BODY=BINARYMIME"));
        Assert.All(sink.Messages, m => Assert.Contains(" BODY=BINARYMIME", m.MailLine, StringComparison.Ordinal));
    }

    [Fact]
    public async Task International_header()
    {
        await using var sink = new RecordingSink { Extensions = RecordingSink.Everything };
        byte[][] messages = [Encoding.UTF8.GetBytes("Subject: grüße δοκιμή\r\nX-例え: 例え\r\n\r\nx\r\n")];
        await Check(sink, messages, (client, to, data) => client.SendData("alice@src.test", [to], data, "BODY=8BITMIME SMTPUTF8"));
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mta.Interop.Tests.Bench;

/// <summary>Messages that are all different, of the kinds that break servers, each with the digest of its body in its header.</summary>
internal static class SampleMail
{
    private const string Digest = "X-Body-SHA256: ", Number = "X-Number: ";

    public static byte[] Create(int number)
    {
        byte[] body = Body(number);
        string header = $"""
            From: alice@src.test
            To: r{number}@dst.test
            Subject: message {number}
            Date: Mon, 02 Mar 2026 10:00:00 +0000
            Message-ID: <{number}@src.test>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: 8bit
            {Number}{number}
            {Digest}{Convert.ToHexString(SHA256.HashData(body))}


            """;
        return [.. Encoding.ASCII.GetBytes(header.ReplaceLineEndings("\r\n")), .. body];
    }

    /// <summary>Fails the test unless the body is the one that was sent; returns the message's number.</summary>
    public static int Check(ReceivedMessage message)
    {
        int end = message.Data.AsSpan().IndexOf("\r\n\r\n"u8) + 2;
        string header = Encoding.Latin1.GetString(message.Data, 0, end);
        byte[] body = message.Data[(end + 2)..];
        Assert.Equal(Value(header, Digest), Convert.ToHexString(SHA256.HashData(body)));
        int number = int.Parse(Value(header, Number), CultureInfo.InvariantCulture);
        Assert.Equal(Create(number), message.Original);
        return number;
    }

    private static byte[] Body(int number)
    {
        var random = new Random(number);
        using var body = new MemoryStream();
        switch (number % 6)
        {
            case 0:
                Line("hello\t ");
                break;
            case 1:
                foreach (string line in (string[])[".", "..", ".a", "", "...", " .", "a.", "."]) Line(line);
                break;
            case 2:
                for (int i = 0; i < 40; i++) Line(new([.. Enumerable.Range(0, 70).Select(_ => (char)random.Next(0xA0, 0x100))]));
                break;
            case 3:
                Line(new('x', 998));
                Line(new string('y', 5000) + "." + new string('z', 20_000));
                break;
            case 4:
                for (int size = 0; size < 100 * 1024; size += 80) Line(Convert.ToBase64String([.. Enumerable.Range(0, random.Next(1, 57)).Select(_ => (byte)random.Next(256))]));
                break;
            case 5:
                // nothing at all
                break;
        }
        return body.ToArray();

        void Line(string text) => body.Write(Encoding.Latin1.GetBytes(text + "\r\n"));
    }

    private static string Value(string header, string name)
    {
        int start = header.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return header[start..header.IndexOf('\r', start)];
    }
}

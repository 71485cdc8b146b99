using System.Globalization;
using System.Text;
using MimeKit;

namespace Mta.Interop.Tests.Bench;

/// <summary>Mail as mail programs compose it, written by MimeKit: parts within parts, attachments, names and file names of many languages. The same for the same seed.</summary>
internal sealed class GeneratedMail(int seed)
{
    private static readonly string[] Words = ["hello", "Grüße", "world", "über", "日本語", "Re:", "[list]", "a \"quote\"", "comma, here", "(paren)", "back\\slash", "🙂", "a rather long word that makes the line long enough to be folded"];
    private static readonly string[] Kinds = ["mixed", "alternative", "related", "digest", "signed", "report", "parallel"];
    private readonly Random _random = new(seed);
    private int _count;

    public byte[] Next()
    {
        var message = Message(0);
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        message.WriteTo(format, octets);
        return octets.ToArray();
    }

    private MimeMessage Message(int depth)
    {
        var message = new MimeMessage { Body = Part(depth), Subject = Phrase(), Date = new(2026, 11, 23, 10, _random.Next(60), 0, TimeSpan.FromHours(_random.Next(-11, 12))), MessageId = $"{++_count}@example.com" };
        Fill(message.From, 1);
        Fill(message.To, 4);
        if (Chance(0.4)) Fill(message.Cc, 3);
        if (Chance(0.2)) Fill(message.ReplyTo, 2);
        if (Chance(0.2)) message.Sender = Address();
        if (Chance(0.2)) message.To.Add(new GroupAddress(Phrase(), [Address(), Address()]));
        if (Chance(0.1)) message.Bcc.Add(new GroupAddress("undisclosed-recipients"));
        if (Chance(0.5)) message.InReplyTo = "0@example.com";
        if (Chance(0.5)) message.References.AddRange(["a@example.com", "0@example.com"]);
        return message;
    }

    private MimeEntity Part(int depth)
    {
        double kind = _random.NextDouble();
        MimeEntity part = depth < 4 && kind < 0.4 ? Parts(depth) : depth < 4 && kind < 0.5 ? new MessagePart { Message = Message(depth + 1) } : kind < 0.8 ? Text() : Attachment();
        if (Chance(0.2)) part.ContentId = $"{++_count}@example.com";
        if (Chance(0.1)) part.Headers.Add("Content-Description", Phrase());
        if (Chance(0.1)) part.Headers.Add("Content-Language", "en, de-CH");
        if (Chance(0.1)) part.ContentLocation = new("http://example.com/a");
        return part;
    }

    private Multipart Parts(int depth)
    {
        var parts = new Multipart(Kinds[_random.Next(Kinds.Length)]);
        parts.ContentType.Boundary = string.Create(CultureInfo.InvariantCulture, $"=-{++_count} of=many");
        if (Chance(0.3)) parts.Preamble = "This is a message in several parts.";
        for (int i = _random.Next(1, 5); i > 0; i--) parts.Add(Part(depth + 1));
        return parts;
    }

    private TextPart Text()
    {
        var part = new TextPart(Chance(0.5) ? "plain" : "html");
        part.SetText(Chance(0.5) ? "utf-8" : "iso-8859-1", string.Join("\r\n", Enumerable.Range(0, _random.Next(6)).Select(_ => Phrase())));
        if (Chance(0.3)) part.ContentDisposition = new(Chance(0.5) ? "inline" : "attachment") { FileName = Phrase() + ".txt" };
        return part;
    }

    private MimePart Attachment()
    {
        var octets = new byte[_random.Next(300)];
        _random.NextBytes(octets);
        var part = new MimePart("application", "octet-stream") { Content = new MimeContent(new MemoryStream(octets)), ContentTransferEncoding = ContentEncoding.Base64, FileName = Phrase() };
        if (Chance(0.3)) part.ContentMd5 = part.ComputeContentMd5();
        return part;
    }

    private void Fill(InternetAddressList list, int most)
    {
        for (int i = _random.Next(1, most + 1); i > 0; i--) list.Add(Address());
    }

    private MailboxAddress Address() => new(Encoding.UTF8, Chance(0.3) ? null : Phrase(), $"user.{_random.Next(100)}@{(Chance(0.2) ? "[192.0.2.1]" : "example.com")}");

    private string Phrase() => string.Join(' ', Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Words[_random.Next(Words.Length)]));

    private bool Chance(double share) => _random.NextDouble() < share;
}

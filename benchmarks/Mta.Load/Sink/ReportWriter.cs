using System.Text;
using MimeKit;
using MimeKit.Utils;
using Mta.Protocol.Smtp;
using Mta.Protocol.Text;

namespace Mta.Load.Sink;

/// <summary>Writes reports as large providers do: multipart/report (RFC 6522) with a text, the facts for machines, and the message's header.</summary>
internal static class ReportWriter
{
    private static readonly FormatOptions Format = MakeFormat();

    /// <summary>RFC 3464.</summary>
    public static byte[] Bounce(ReturnedMail.Bounce bounce, string id, DateTimeOffset now)
    {
        var ((profile, _, transaction, arrived), recipient) = (bounce.From, bounce.Recipient);
        var reply = profile.BounceReply;
        List<(string, string)> message = [("Reporting-MTA", $"dns; {profile.Hostname}"), ("Arrival-Date", DateUtils.FormatDate(arrived))];
        if (transaction.Parameters.EnvelopeId is { } envid && Xtext.Decode(envid) is { } decoded) message.Insert(0, ("Original-Envelope-Id", decoded));
        List<(string, string)> about =
        [
            ("Final-Recipient", $"rfc822; {recipient.Path.Address}"),
            ("Action", "failed"),
            ("Status", (reply.Enhanced.IsNone ? new(5, 0, 0) : reply.Enhanced with { Class = 5 }).ToString()),
            ("Diagnostic-Code", $"smtp; {reply}"),
        ];
        // RFC 3461 §5.2.5 wants ORCPT back as it came, its xtext undone
        if (recipient.Parameters.OriginalRecipient?.Split(';', 2) is [var type, var address] && Xtext.Decode(address) is { } original)
            about.Insert(0, ("Original-Recipient", $"{type}; {original}"));
        return Write(bounce, id, now, "delivery-status", Fields(message) + "\r\n" + Fields(about), "Mail Delivery System", "Undelivered mail returned to sender",
            $"Your message could not be delivered.\r\n\r\n<{recipient.Path.Address}>: {reply}\r\n");
    }

    /// <summary>RFC 5965.</summary>
    public static byte[] Complaint(ReturnedMail.Complaint complaint, string id, DateTimeOffset now)
    {
        var ((profile, source, transaction, arrived), recipient) = (complaint.From, complaint.Recipient);
        string facts = Fields(
        [
            ("Feedback-Type", "abuse"),
            ("User-Agent", "mta-sink/1"),
            ("Version", "1"),
            ("Original-Mail-From", $"<{transaction.ReversePath.Address}>"),
            ("Original-Rcpt-To", $"<{recipient.Path.Address}>"),
            ("Arrival-Date", DateUtils.FormatDate(arrived)),
            ("Reporting-MTA", $"dns; {profile.Hostname}"),
            ("Source-IP", source.ToString()),
        ]);
        return Write(complaint, id, now, "feedback-report", facts, "Feedback", "Complaint about a message from you",
            $"This is an email abuse report for a message that was received from {source} on {DateUtils.FormatDate(arrived)}.\r\n");
    }

    private static byte[] Write(ReturnedMail mail, string id, DateTimeOffset now, string type, string facts, string name, string subject, string text)
    {
        string host = mail.From.Profile.Hostname;
        var message = new MimeMessage { Date = now, MessageId = $"{id}@{host}", Subject = subject };
        message.From.Add(new MailboxAddress(name, $"postmaster@{host}"));
        message.Headers.Add(HeaderId.To, $"<{mail.To}>");
        // RFC 3834 §5: nobody is to answer this
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        var header = new MimePart("text", "rfc822-headers")
        {
            Content = new MimeContent(new MemoryStream(mail.Header)),
            // RFC 6522 §3: a report is 7-bit, whatever it is about
            ContentTransferEncoding = Ascii.IsValid(mail.Header) ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable,
        };
        message.Body = new MultipartReport(type)
        {
            new TextPart("plain") { Text = text },
            new MimePart("message", type) { Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(facts))) },
            header,
        };
        message.Prepare(EncodingConstraint.SevenBit);
        using var octets = new MemoryStream();
        message.WriteTo(Format, octets);
        return octets.ToArray();
    }

    // xtext can hold a line end: what a client sent must not become a field of its own
    private static string Fields(IEnumerable<(string Name, string Value)> fields) =>
        string.Concat(fields.Select(f => $"{f.Name}: {string.Concat(f.Value.Select(c => char.IsControl(c) ? '?' : c))}\r\n"));

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }
}

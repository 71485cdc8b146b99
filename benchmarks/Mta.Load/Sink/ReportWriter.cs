using System.Globalization;
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
        var status = new MessageDeliveryStatus();
        var message = new HeaderList();
        if (transaction.Parameters.EnvelopeId is { } envid && Xtext.Decode(envid) is { } decoded) message.Add("Original-Envelope-Id", Printable(decoded));
        message.Add("Reporting-MTA", $"dns; {profile.Hostname}");
        message.Add("Arrival-Date", DateUtils.FormatDate(arrived));
        status.StatusGroups.Add(message);
        var fields = new HeaderList();
        // RFC 3461 §5.2.5 wants ORCPT back as it came, its xtext undone
        if (recipient.Parameters.OriginalRecipient?.Split(';', 2) is [var type, var address] && Xtext.Decode(address) is { } original)
            fields.Add("Original-Recipient", Printable($"{type}; {original}"));
        fields.Add("Final-Recipient", $"rfc822; {recipient.Path.Address}");
        fields.Add("Action", "failed");
        fields.Add("Status", (reply.Enhanced.IsNone ? new(5, 0, 0) : reply.Enhanced with { Class = 5 }).ToString());
        fields.Add("Diagnostic-Code", $"smtp; {reply}");
        status.StatusGroups.Add(fields);
        return Write(bounce, id, now, "delivery-status", status, "Mail Delivery System", "Undelivered mail returned to sender",
            $"Your message could not be delivered.\r\n\r\n<{recipient.Path.Address}>: {reply}\r\n");
    }

    /// <summary>RFC 5965.</summary>
    public static byte[] Complaint(ReturnedMail.Complaint complaint, string id, DateTimeOffset now)
    {
        var ((profile, source, transaction, arrived), recipient) = (complaint.From, complaint.Recipient);
        var report = new MessageFeedbackReport();
        report.Fields.Add("Feedback-Type", "abuse");
        report.Fields.Add("User-Agent", "mta-sink/1");
        report.Fields.Add("Version", "1");
        report.Fields.Add("Original-Mail-From", $"<{transaction.ReversePath.Address}>");
        report.Fields.Add("Original-Rcpt-To", $"<{recipient.Path.Address}>");
        report.Fields.Add("Arrival-Date", DateUtils.FormatDate(arrived));
        report.Fields.Add("Reporting-MTA", $"dns; {profile.Hostname}");
        report.Fields.Add("Source-IP", source.ToString());
        return Write(complaint, id, now, "feedback-report", report, "Feedback", "Complaint about a message from you",
            $"This is an email abuse report for a message that was received from {source} on {DateUtils.FormatDate(arrived)}.\r\n");
    }

    private static byte[] Write(ReturnedMail mail, string id, DateTimeOffset now, string type, MimeEntity facts, string name, string subject, string text)
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
            ContentTransferEncoding = System.Text.Ascii.IsValid(mail.Header) ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable,
        };
        message.Body = new MultipartReport(type)
        {
            new TextPart("plain") { Text = text },
            facts,
            header,
        };
        message.Prepare(EncodingConstraint.SevenBit);
        using var octets = new MemoryStream();
        message.WriteTo(Format, octets);
        return octets.ToArray();
    }

    /// <summary>What a client sent can hold a line end in xtext: none of it may become a field.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        return format;
    }
}

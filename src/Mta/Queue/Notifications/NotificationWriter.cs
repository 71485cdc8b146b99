using System.Buffers;
using System.Globalization;
using System.Text;
using Mta.Mail;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Protocol.Text;
using Mta.Spool;

namespace Mta.Queue.Notifications;

/// <summary>
/// Writes a notification as multipart/report (RFC 3464, RFC 6522); with UTF-8 addresses as RFC 6533 has it, which is only for senders
/// that used SMTPUTF8 themselves.
/// </summary>
/// <param name="hostname">The reporting MTA.</param>
/// <param name="from">The From field's value.</param>
/// <param name="maxReturn">Octets: larger messages are returned by their header only (RFC 3461 §6.2).</param>
public sealed class NotificationWriter(string hostname, string from, long maxReturn)
{
    private const int MaxHeader = 256 * 1024;

    /// <summary>The envelope of the notification, to go with what <see cref="Write"/> has written.</summary>
    public static Envelope Address(Notification notification, MessageId id, long size, bool isEightBit) => new()
    {
        Id = id,
        ReversePath = "", // RFC 5321 §4.5.5
        // A notification about a notification is never sent: NOTIFY=NEVER says it to others too (RFC 3461 §6.2).
        Recipients = [new(notification.Original.ReversePath, DomainOf(notification.Original.ReversePath), new(DsnNotify.Never, null))],
        ReceivedAt = notification.Now,
        Size = size,
        IsEightBit = isEightBit,
        HeaderIsUtf8 = !Ascii.IsValid(notification.Original.ReversePath),
        Parameters = new() { Body = isEightBit ? BodyType.EightBitMime : BodyType.SevenBit, SmtpUtf8 = IsGlobal(notification) },
    };

    /// <summary>Writes the notification; true when it holds octets above 127. Reads the original from <paramref name="body"/>.</summary>
    public bool Write(Notification notification, MessageId id, BodyLease body, IBufferWriter<byte> to)
    {
        var original = notification.Original;
        bool global = IsGlobal(notification);
        // RFC 3461 §4.3: RET speaks of failures; what is late or relayed is told with the header alone
        bool full = notification.Action == NotificationAction.Failed && original.Parameters.Return != DsnReturn.Headers
            && original.Parameters.Body != BodyType.BinaryMime && body.Length <= maxReturn;
        bool eightBit = global || (full ? original.IsEightBit : original.HeaderIsUtf8);
        string boundary = $"{id}/{hostname}";
        string transfer = eightBit ? "8bit" : "7bit";

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            Date: {Rfc5322(notification.Now)}
            From: {from}
            To: <{original.ReversePath}>
            Subject: {Subject(notification)}
            Message-ID: <{id}@{hostname}>
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type={(global ? "global-delivery-status" : "delivery-status")};
             boundary="{boundary}"
            Content-Transfer-Encoding: {transfer}

            This is a delivery status notification in MIME format (RFC 3464).

            --{boundary}
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: {transfer}

            {Explain(notification)}
            --{boundary}
            Content-Type: message/{(global ? "global-delivery-status" : "delivery-status")}
            Content-Description: Delivery report
            Content-Transfer-Encoding: {transfer}


            """);
        PerMessage(text, original);
        foreach (var recipient in notification.Recipients) PerRecipient(text, notification, recipient, global);
        text.Append(CultureInfo.InvariantCulture, $"""

            --{boundary}
            Content-Type: {ReturnedType(full, global && original.HeaderIsUtf8)}
            Content-Description: {(full ? "Undelivered message" : "Header of the message")}
            Content-Transfer-Encoding: {transfer}


            """);
        // the raw string's line ends are the source file's: \n
        Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n").ToString(), to);
        CopyOriginal(body, full, to);
        Encoding.UTF8.GetBytes($"\r\n--{boundary}--\r\n", to);
        return eightBit;
    }

    private string Explain(Notification notification)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"This is the mail system at {hostname}.\n\n");
        text.Append(notification.Action switch
        {
            NotificationAction.Failed => "Your message could not be delivered to the recipients below, and\nit will not be tried again. The returned message is attached.\n",
            NotificationAction.Delayed => "THIS IS A WARNING ONLY: YOU NEED NOT SEND YOUR MESSAGE AGAIN.\n\nYour message could not be delivered yet to the recipients below.\n"
                + $"It will be tried until {Rfc5322(notification.RetryUntil)}.\n",
            _ => "Your message was handed on for the recipients below, to a mail system\nthat does not confirm delivery. Nothing more may be heard of it.\n",
        });
        foreach (var (recipient, last, expired) in notification.Recipients)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n<{recipient.Address}>:\n");
            if (expired) text.Append("    it could not be delivered in time\n");
            if (last is null) continue;
            if (last.Host.Length > 0) text.Append(CultureInfo.InvariantCulture, $"    host {last.Host} said:\n");
            foreach (string line in Wrap(last.Reply.ToString(), 72)) text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    // RFC 3464 §2.2
    private void PerMessage(StringBuilder text, Envelope original)
    {
        if (original.Parameters.EnvelopeId is { } envid && Xtext.Decode(envid) is { } decoded)
            Field(text, "Original-Envelope-Id", decoded);
        Field(text, "Reporting-MTA", $"dns; {hostname}");
        if (original.ClientName.Length > 0) Field(text, "Received-From-MTA", $"dns; {original.ClientName}");
        Field(text, "Arrival-Date", Rfc5322(original.ReceivedAt));
    }

    // RFC 3464 §2.3
    private static void PerRecipient(StringBuilder text, Notification notification, NotifiedRecipient notified, bool global)
    {
        var (recipient, last) = (notified.Recipient, notified.Last);
        text.Append('\n');
        if (recipient.Parameters.OriginalRecipient is { } orcpt && orcpt.Split(';', 2) is [var type, var address] && Xtext.Decode(address) is { } decoded)
            Field(text, "Original-Recipient", $"{type}; {decoded}");
        Field(text, "Final-Recipient", $"{(global && !Ascii.IsValid(recipient.Address) ? "utf-8" : "rfc822")}; {recipient.Address}");
        Field(text, "Action", notification.Action.ToString().ToLowerInvariant());
        Field(text, "Status", Status(notification, notified).ToString());
        if (last is { Host.Length: > 0 }) Field(text, "Remote-MTA", $"dns; {last.Host.Split(' ')[0]}");
        if (last is not null) Field(text, "Diagnostic-Code", $"smtp; {last.Reply}");
        if (last is not null) Field(text, "Last-Attempt-Date", Rfc5322(notification.Now));
        if (notification.Action == NotificationAction.Delayed) Field(text, "Will-Retry-Until", Rfc5322(notification.RetryUntil));
    }

    // RFC 3463 §3.5: X.4.7 is "delivery time expired"
    private static EnhancedStatusCode Status(Notification notification, NotifiedRecipient recipient) => notification.Action switch
    {
        NotificationAction.Failed when recipient.Expired => new(5, 4, 7),
        NotificationAction.Relayed => recipient.Last is { Reply.Enhanced: { Class: 2 } said } ? said : new(2, 0, 0),
        NotificationAction.Failed => recipient.Last is { Reply.Enhanced: { Class: 5 } said } ? said : new(5, 0, 0),
        _ => recipient.Last is { Reply.Enhanced: { Class: 4 } said } ? said : new(4, 0, 0),
    };

    private static string Subject(Notification notification) => notification.Action switch
    {
        NotificationAction.Failed => "Undelivered mail returned to sender",
        NotificationAction.Delayed => "Delayed mail (still being tried)",
        _ => "Mail handed on (relayed)",
    };

    private static string ReturnedType(bool full, bool utf8) => (full, utf8) switch
    {
        (true, false) => "message/rfc822",
        (true, true) => "message/global",
        (false, false) => "text/rfc822-headers",
        (false, true) => "message/global-headers",
    };

    private static void CopyOriginal(BodyLease body, bool full, IBufferWriter<byte> to)
    {
        long end = full ? body.Length : Math.Min(body.Length, MaxHeader);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(full ? 64 * 1024 : MaxHeader);
        try
        {
            for (long at = 0; at < end;)
            {
                int count = body.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
                if (count == 0) break;
                at += count;
                int header = full ? -1 : buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
                to.Write(buffer.AsSpan(0, header >= 0 ? header + 2 : count));
                if (header >= 0) break;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A header field, folded at white space below 78 columns where that can be (RFC 5322 §2.1.1).
    private static void Field(StringBuilder text, string name, string value)
    {
        string indent = $"{name}: ";
        foreach (string line in Wrap(value, 78 - indent.Length))
        {
            text.Append(indent).Append(line).Append('\n');
            indent = "    ";
        }
    }

    private static IEnumerable<string> Wrap(string value, int width)
    {
        var line = new StringBuilder();
        foreach (string part in value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            // what others said must not add a field of its own
            string word = part.Any(char.IsControl) ? string.Concat(part.Select(c => char.IsControl(c) ? '?' : c)) : part;
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }
        if (line.Length > 0) yield return line.ToString();
    }

    // RFC 6533 §3: only where the message itself came by SMTPUTF8 may we answer so
    private static bool IsGlobal(Notification notification) => notification.Original.Parameters.SmtpUtf8
        && (notification.Original.HeaderIsUtf8 || !Ascii.IsValid(notification.Original.ReversePath)
            || notification.Recipients.Any(r => !Ascii.IsValid(r.Recipient.Address)));

    private static string Rfc5322(DateTimeOffset time) => time.ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);

    private static string DomainOf(string address) =>
        DomainName.Normalize(address[(address.LastIndexOf('@') + 1)..]) ?? address[(address.LastIndexOf('@') + 1)..];
}

using System.Text;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Delivery;

/// <summary>What a message needs of a server, held against what the server offers; decided before anything is said.</summary>
internal static class Preflight
{
    /// <summary>Why this message cannot go to this server in any form, or null.</summary>
    public static SmtpReply? Refuse(Envelope envelope, EhloCapabilities offered, bool isTlsVerified)
    {
        // RFC 8689 §4.2.1: no REQUIRETLS there, or a certificate that proves nothing, and the message goes back
        if (envelope.Parameters.RequireTls && !(isTlsVerified && offered.RequireTls))
            return new(550, new(5, 7, 30), "REQUIRETLS support required");
        // RFC 1870 §6.3
        if (offered.MaxSize > 0 && envelope.Size > offered.MaxSize)
            return new(552, new(5, 3, 4), $"message of {envelope.Size} octets is too big for the server, which takes {offered.MaxSize}");
        // RFC 2852 §4.1.4.2: a host that knows nothing of the deadline would not return the message when it has passed
        if (envelope.Parameters.DeliverBy is { Return: true } && !offered.DeliverBy)
            return new(554, new(5, 4, 7), "the server does not support DELIVERBY, and the sender wants the message back when it is late");
        // RFC 6531 §3.5. The flag alone says nothing: without UTF-8 in header and addresses this is an ordinary message. Nor do octets
        // above 127 without the flag: that is old mail in some other character set, which every relay passes on as it is.
        if (envelope.Parameters.SmtpUtf8 && envelope.HeaderIsUtf8 && !offered.SmtpUtf8)
            return new(550, new(5, 6, 7), "the header section holds UTF-8, and the server does not offer SMTPUTF8");
        return null;
    }

    /// <summary>Whether the server will tell the sender of a delivery, so that we need not (RFC 3461 §5.2.2, RFC 2852 §4.1.4.2 for "BY=…T").</summary>
    public static bool ReportsDelivery(Envelope envelope, EhloCapabilities offered) =>
        offered.Dsn && (envelope.Parameters.DeliverBy is not { Trace: true } || offered.DeliverBy);

    /// <summary>The body has to be rewritten for this server (RFC 6152 §3, RFC 3030 §3).</summary>
    public static bool NeedsConversion(Envelope envelope, EhloCapabilities offered) =>
        envelope.Parameters.Body == BodyType.BinaryMime ? !offered.BinaryMime : envelope.IsEightBit && !offered.EightBitMime;

    /// <summary>The parameters of MAIL, or null when time for a BY=…;R has run out (RFC 2852 §4.1.4.1: never relay it then).</summary>
    public static MailParameters? Parameters(Envelope envelope, bool isConverted, DateTimeOffset now)
    {
        var parameters = envelope.Parameters;
        // RFC 6531 §3.4: where an address or the header needs it, and only there, so that ordinary mail stays ordinary
        bool isUtf8 = envelope.Parameters.SmtpUtf8 && envelope.HeaderIsUtf8 || !Ascii.IsValid(envelope.ReversePath) || envelope.Recipients.Any(r => !Ascii.IsValid(r.Address));
        var body = isConverted ? BodyType.SevenBit
            : envelope.IsEightBit && parameters.Body == BodyType.SevenBit ? BodyType.EightBitMime
            : parameters.Body;
        var by = parameters.DeliverBy;
        if (by is not null)
        {
            by = by with { Seconds = by.Seconds - (long)(now - envelope.ReceivedAt).TotalSeconds };
            if (by is { Return: true, Seconds: <= 0 }) return null;
        }
        // the usual message has nothing to change, and nothing is allocated for it
        return isUtf8 == parameters.SmtpUtf8 && body == parameters.Body && by == parameters.DeliverBy
            ? parameters
            : parameters with { SmtpUtf8 = isUtf8, Body = body, DeliverBy = by };
    }
}

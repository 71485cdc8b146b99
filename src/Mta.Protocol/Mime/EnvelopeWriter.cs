using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>The value of the FETCH item ENVELOPE (RFC 9051 §7.5.2).</summary>
public static class EnvelopeWriter
{
    /// <param name="output">Gets the octets, literals included.</param>
    /// <param name="envelope">Of <see cref="MessageIndex.Envelope"/>.</param>
    /// <param name="utf8">The client has accepted UTF-8 in quoted strings: IMAP4rev2, or ENABLE UTF8=ACCEPT (RFC 6855).</param>
    public static void Write(IBufferWriter<byte> output, Envelope envelope, bool utf8)
    {
        output.Write("("u8);
        ImapText.Write(output, envelope.Date, utf8);
        output.Write(" "u8);
        ImapText.Write(output, envelope.Subject, utf8);
        Write(output, envelope.From, utf8);
        // RFC 9051 §7.5.2: where Sender or Reply-To is missing or empty, the server says what From says
        Write(output, envelope.Sender is { Count: > 0 } sender ? sender : envelope.From, utf8);
        Write(output, envelope.ReplyTo is { Count: > 0 } replyTo ? replyTo : envelope.From, utf8);
        Write(output, envelope.To, utf8);
        Write(output, envelope.Cc, utf8);
        Write(output, envelope.Bcc, utf8);
        output.Write(" "u8);
        ImapText.Write(output, envelope.InReplyTo, utf8);
        output.Write(" "u8);
        ImapText.Write(output, envelope.MessageId, utf8);
        output.Write(")"u8);
    }

    private static void Write(IBufferWriter<byte> output, IReadOnlyList<MimeAddress> addresses, bool utf8)
    {
        if (addresses.Count == 0)
        {
            output.Write(" NIL"u8);
            return;
        }
        output.Write(" ("u8);
        foreach (var address in addresses)
        {
            output.Write("("u8);
            ImapText.Write(output, address.Name, utf8);
            output.Write(" "u8);
            ImapText.Write(output, address.Route, utf8);
            output.Write(" "u8);
            ImapText.Write(output, address.Mailbox, utf8);
            output.Write(" "u8);
            ImapText.Write(output, address.Host, utf8);
            output.Write(")"u8);
        }
        output.Write(")"u8);
    }
}

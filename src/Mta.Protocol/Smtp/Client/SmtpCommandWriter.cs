using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mta.Protocol.Smtp.Client;

/// <summary>Writes the commands of a client (RFC 5321 §4.1.1), each with its CRLF.</summary>
internal static class SmtpCommandWriter
{
    public static void Line(IBufferWriter<byte> output, ReadOnlySpan<byte> verb, string argument)
    {
        output.Write(verb);
        Text(output, argument);
        output.Write("\r\n"u8);
    }

    public static void Mail(IBufferWriter<byte> output, OutgoingTransaction transaction, EhloCapabilities offered, bool isAuthenticated)
    {
        var parameters = transaction.Parameters;
        output.Write("MAIL FROM:<"u8);
        Text(output, transaction.ReversePath.Text);
        output.Write(">"u8);
        if (offered.Size) Number(output, " SIZE="u8, transaction.Length);
        // RFC 6152 §2: 7BIT is what is meant when nothing is said
        if (parameters.Body == BodyType.EightBitMime && offered.EightBitMime) output.Write(" BODY=8BITMIME"u8);
        if (parameters.Body == BodyType.BinaryMime && offered.BinaryMime) output.Write(" BODY=BINARYMIME"u8);
        if (parameters.SmtpUtf8 && offered.SmtpUtf8) output.Write(" SMTPUTF8"u8);
        if (offered.Dsn)
        {
            if (parameters.Return == DsnReturn.Full) output.Write(" RET=FULL"u8);
            if (parameters.Return == DsnReturn.Headers) output.Write(" RET=HDRS"u8);
            Xtext(output, " ENVID="u8, parameters.EnvelopeId, allowUtf8: false);
        }
        if (parameters.Priority != 0 && offered.Priority) Number(output, " MT-PRIORITY="u8, parameters.Priority);
        if (parameters.RequireTls && offered.RequireTls) output.Write(" REQUIRETLS"u8);
        if (parameters.DeliverBy is { } by && offered.DeliverBy)
        {
            Number(output, " BY="u8, by.Seconds);
            output.Write(by.Return ? ";R"u8 : ";N"u8);
            if (by.Trace) output.Write("T"u8);
        }
        // RFC 4954 §5: an authenticated client says whose mail it is, or that it cannot vouch for that
        if (isAuthenticated) Xtext(output, " AUTH="u8, parameters.Auth ?? "<>", allowUtf8: false);
        output.Write("\r\n"u8);
    }

    public static void Rcpt(IBufferWriter<byte> output, OutgoingRecipient recipient, EhloCapabilities offered)
    {
        output.Write("RCPT TO:<"u8);
        Text(output, recipient.Path.Text);
        output.Write(">"u8);
        if (offered.Dsn && !ReferenceEquals(recipient.Parameters, RcptParameters.None))
        {
            Notify(output, recipient.Parameters.Notify);
            Xtext(output, " ORCPT="u8, recipient.Parameters.OriginalRecipient, offered.SmtpUtf8);
        }
        output.Write("\r\n"u8);
    }

    /// <summary>RFC 3030 §2; we always send the whole message as the one and last chunk.</summary>
    public static void Bdat(IBufferWriter<byte> output, long length)
    {
        Number(output, "BDAT "u8, length);
        output.Write(" LAST\r\n"u8);
    }

    private static void Notify(IBufferWriter<byte> output, DsnNotify notify)
    {
        if (notify == DsnNotify.Unspecified) return;
        output.Write(" NOTIFY="u8);
        // RFC 3461 §4.1: NEVER stands alone
        if (notify.HasFlag(DsnNotify.Never))
        {
            output.Write("NEVER"u8);
            return;
        }
        bool isFirst = true;
        Add(DsnNotify.Success, "SUCCESS"u8);
        Add(DsnNotify.Failure, "FAILURE"u8);
        Add(DsnNotify.Delay, "DELAY"u8);

        void Add(DsnNotify flag, ReadOnlySpan<byte> name)
        {
            if (!notify.HasFlag(flag)) return;
            if (!isFirst) output.Write(","u8);
            output.Write(name);
            isFirst = false;
        }
    }

    /// <summary>A value that is xtext already. One that could end the line or the parameter is left out rather than sent.</summary>
    private static void Xtext(IBufferWriter<byte> output, ReadOnlySpan<byte> name, string? value, bool allowUtf8)
    {
        if (value is not { Length: > 0 and <= 500 }) return;
        foreach (char c in value)
            if (c <= ' ' || c == '\x7F' || (c > '\x7F' && !allowUtf8)) return;
        output.Write(name);
        Text(output, value);
    }

    private static void Number(IBufferWriter<byte> output, ReadOnlySpan<byte> name, long value)
    {
        output.Write(name);
        value.TryFormat(output.GetSpan(20), out int length, provider: CultureInfo.InvariantCulture);
        output.Advance(length);
    }

    private static void Text(IBufferWriter<byte> output, string text)
    {
        var span = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }
}

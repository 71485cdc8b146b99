using System.Buffers;
using System.Text;
using Mta.Protocol.Smtp;

namespace Mta.Delivery;

/// <summary>
/// Rewrites a message so that it holds octets below 128 in CRLF-ended lines only (RFC 6152 §3): text parts become quoted-printable, others
/// base64; what needs no change stays as it is, octet by octet. Refuses what is signed, since that would break the signature, and what
/// cannot be encoded or goes beyond <see cref="ConvertSettings"/>.
/// </summary>
internal sealed class SevenBitRewriter(ConvertSettings settings, IBufferWriter<byte> output)
{
    private static readonly SmtpReply Signed = new(554, new(5, 6, 3), "the message is signed, and the server takes no 8-bit text");
    private static readonly SmtpReply Malformed = new(554, new(5, 6, 3), "the server takes no 8-bit text, and the message cannot be converted");
    private static readonly SmtpReply TooComplex = new(554, new(5, 6, 3), "the server takes no 8-bit text, and the message is too large or complex to convert");
    private int _parts;

    /// <summary>Writes the new form. Null, or why there is none; then what was written is worth nothing.</summary>
    public SmtpReply? Rewrite(ReadOnlySpan<byte> message) => message.Length > settings.MaxSize ? TooComplex : Entity(message, 0, inDigest: false);

    private SmtpReply? Entity(ReadOnlySpan<byte> entity, int depth, bool inDigest)
    {
        if (depth > settings.MaxDepth || ++_parts > settings.MaxParts) return TooComplex;
        int end = MimeHeader.EndOf(entity);
        if (end > settings.MaxHeader) return TooComplex;
        var header = entity[..end];
        var body = entity[end..];
        // what is not ASCII in a header is SMTPUTF8's; nothing can be done for it here
        if (!IsSafe(header)) return Malformed;
        var fields = MimeHeader.Read(header, inDigest);
        if (IsSafe(body) && !fields.IsMarkedEightBit)
        {
            output.Write(entity);
            return null;
        }
        if (fields.IsSigned) return Signed;
        if (fields.IsMultipart) return Multipart(header, body, fields, depth);
        if (fields.IsMessage)
        {
            // RFC 2046 §5.2.1: only 7bit, 8bit and binary are allowed here, so the message inside is what has to change
            if (fields.IsEncoded) return Malformed;
            WriteHeader(header, "7bit"u8, fields, depth);
            if (!body.StartsWith("\r\n"u8)) return Malformed;
            output.Write("\r\n"u8);
            return Entity(body[2..], depth + 1, inDigest: false);
        }
        return Leaf(header, body, fields, depth);
    }

    private SmtpReply? Leaf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, MimeHeader fields, int depth)
    {
        if (IsSafe(body))
        {
            WriteHeader(header, "7bit"u8, fields, depth);
            output.Write(body);
            return null;
        }
        // encoded, and yet not ASCII; or another message/*, which must not be encoded (RFC 2046 §5.2)
        if (fields.IsEncoded || fields.IsOtherMessage || !body.StartsWith("\r\n"u8)) return Malformed;
        bool isText = fields.IsText && HasCrlfLines(body);
        WriteHeader(header, isText ? "quoted-printable"u8 : "base64"u8, fields, depth);
        output.Write("\r\n"u8);
        if (isText) TransferEncoding.WriteQuotedPrintable(body[2..], output);
        else TransferEncoding.WriteBase64(body[2..], output);
        return null;
    }

    private SmtpReply? Multipart(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, MimeHeader fields, int depth)
    {
        // RFC 2046 §5.1.1
        if (fields.IsEncoded || fields.Boundary is not { Length: > 0 and <= 70 } boundary) return Malformed;
        byte[] delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        WriteHeader(header, "7bit"u8, fields, depth);
        output.Write("\r\n"u8);
        var rest = body.StartsWith("\r\n"u8) ? body[2..] : body;
        // nobody reads a preamble or an epilogue (RFC 2046 §5.1.1): one that cannot stay is dropped
        if (!NextDelimiter(rest, delimiter, out var part, out var line, out rest, out bool isLast)) return Malformed;
        if (IsSafe(part) && part.Length > 0)
        {
            output.Write(part);
            output.Write("\r\n"u8);
        }
        output.Write(line);
        while (!isLast)
        {
            bool isClosed = NextDelimiter(rest, delimiter, out part, out line, out rest, out isLast);
            if (Entity(part, depth + 1, fields.IsDigest) is { } refusal) return refusal;
            if (!isClosed) return null;
            output.Write("\r\n"u8);
            output.Write(line);
        }
        if (IsSafe(rest)) output.Write(rest);
        return null;
    }

    /// <summary>
    /// Cuts off what comes before the next delimiter line, without the CRLF in front of it, which is the delimiter's (RFC 2046 §5.1.1).
    /// False without one: then everything comes before.
    /// </summary>
    private static bool NextDelimiter(
        ReadOnlySpan<byte> text, byte[] delimiter, out ReadOnlySpan<byte> before, out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> rest, out bool isLast)
    {
        for (int at = 0; at < text.Length;)
        {
            int next = text[at..].IndexOf(delimiter);
            if (next < 0) break;
            at += next;
            var tail = text[(at + delimiter.Length)..];
            isLast = tail.StartsWith("--"u8);
            if (isLast) tail = tail[2..];
            int padding = tail.IndexOfAnyExcept((byte)' ', (byte)'\t');
            var end = padding < 0 ? [] : tail[padding..];
            bool startsLine = at == 0 || (at >= 2 && text[(at - 2)..at].SequenceEqual("\r\n"u8));
            if (startsLine && (end.IsEmpty || end.StartsWith("\r\n"u8)))
            {
                before = text[..Math.Max(0, at - 2)];
                rest = end.IsEmpty ? [] : end[2..];
                line = text[at..(text.Length - rest.Length)];
                return true;
            }
            at += delimiter.Length;
        }
        before = text;
        line = rest = [];
        isLast = true;
        return false;
    }

    private void WriteHeader(ReadOnlySpan<byte> header, ReadOnlySpan<byte> encoding, MimeHeader fields, int depth)
    {
        output.Write(header[..fields.EncodingField.Start.Value]);
        output.Write(header[fields.EncodingField.End.Value..]);
        // RFC 1428 §3: text that says nothing about itself
        if (depth == 0 && !fields.HasVersion) output.Write("MIME-Version: 1.0\r\n"u8);
        if (depth == 0 && !fields.HasType) output.Write("Content-Type: text/plain; charset=unknown-8bit\r\n"u8);
        output.Write("Content-Transfer-Encoding: "u8);
        output.Write(encoding);
        output.Write("\r\n"u8);
    }

    private static bool IsSafe(ReadOnlySpan<byte> text) => Ascii.IsValid(text) && !text.Contains((byte)0) && HasCrlfLines(text);

    private static bool HasCrlfLines(ReadOnlySpan<byte> text)
    {
        for (int at; (at = text.IndexOfAny((byte)'\r', (byte)'\n')) >= 0; text = text[(at + 2)..])
            if (!text[at..].StartsWith("\r\n"u8)) return false;
        return true;
    }
}

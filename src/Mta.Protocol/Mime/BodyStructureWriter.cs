using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>The value of the FETCH items BODY and BODYSTRUCTURE (RFC 9051 §7.5.2). A structure is at most <see cref="MimeLimits.Depth"/> levels deep.</summary>
public static class BodyStructureWriter
{
    private static readonly MimeText SevenBit = MimeText.Of("7bit"), CharsetName = MimeText.Of("charset"), UsAscii = MimeText.Of("us-ascii");

    /// <param name="output">Gets the octets, literals included.</param>
    /// <param name="part">The message's <see cref="MessageIndex.Root"/>.</param>
    /// <param name="extended">BODYSTRUCTURE, with its extension data; otherwise BODY.</param>
    /// <param name="utf8">As for <see cref="EnvelopeWriter.Write"/>.</param>
    public static void Write(IBufferWriter<byte> output, MimePart part, bool extended, bool utf8)
    {
        output.Write("("u8);
        if (part.IsMultipart) WriteMultipart(output, part, extended, utf8);
        else WriteSingle(output, part, extended, utf8);
        output.Write(")"u8);
    }

    private static void WriteMultipart(IBufferWriter<byte> output, MimePart part, bool extended, bool utf8)
    {
        foreach (var child in part.Children) Write(output, child, extended, utf8);
        output.Write(" "u8);
        ImapText.Write(output, part.Subtype, utf8);
        if (!extended) return;
        WriteParameters(output, part.Parameters, default, utf8);
        WriteExtension(output, part, utf8);
    }

    private static void WriteSingle(IBufferWriter<byte> output, MimePart part, bool extended, bool utf8)
    {
        ImapText.Write(output, part.Type, utf8);
        output.Write(" "u8);
        ImapText.Write(output, part.Subtype, utf8);
        // RFC 2045 §5.2: text that says nothing of its charset is in US-ASCII
        WriteParameters(output, part.Parameters, part.IsText && !HasCharset(part) ? new(CharsetName, UsAscii) : default, utf8);
        WriteField(output, part.ContentId, utf8);
        WriteField(output, part.Description, utf8);
        WriteField(output, part.TransferEncoding.IsNil ? SevenBit : part.TransferEncoding, utf8);
        WriteNumber(output, part.Body.Length);
        if (part.Message is { } message)
        {
            output.Write(" "u8);
            EnvelopeWriter.Write(output, message.Envelope, utf8);
            output.Write(" "u8);
            Write(output, message.Root, extended, utf8);
        }
        if (part.Message is not null || part.IsText) WriteNumber(output, part.BodyLines);
        if (!extended) return;
        WriteField(output, part.Md5, utf8);
        WriteExtension(output, part, utf8);
    }

    /// <summary>Disposition, language and location.</summary>
    private static void WriteExtension(IBufferWriter<byte> output, MimePart part, bool utf8)
    {
        if (part.Disposition.IsNil) output.Write(" NIL"u8);
        else
        {
            output.Write(" ("u8);
            ImapText.Write(output, part.Disposition, utf8);
            WriteParameters(output, part.DispositionParameters, default, utf8);
            output.Write(")"u8);
        }
        if (part.Languages.Count == 0) output.Write(" NIL"u8);
        else
        {
            output.Write(" ("u8);
            for (int i = 0; i < part.Languages.Count; i++)
            {
                if (i > 0) output.Write(" "u8);
                ImapText.Write(output, part.Languages[i], utf8);
            }
            output.Write(")"u8);
        }
        WriteField(output, part.Location, utf8);
    }

    private static bool HasCharset(MimePart part)
    {
        foreach (var parameter in part.Parameters)
            if (parameter.Name.Is("charset"u8) || parameter.Name.Is("charset*"u8)) return true;
        return false;
    }

    private static void WriteParameters(IBufferWriter<byte> output, IReadOnlyList<MimeParameter> parameters, MimeParameter last, bool utf8)
    {
        if (parameters.Count == 0 && last.Name.IsNil)
        {
            output.Write(" NIL"u8);
            return;
        }
        output.Write(" ("u8);
        for (int i = 0; i < parameters.Count; i++)
        {
            if (i > 0) output.Write(" "u8);
            Write(output, parameters[i], utf8);
        }
        if (!last.Name.IsNil)
        {
            if (parameters.Count > 0) output.Write(" "u8);
            Write(output, last, utf8);
        }
        output.Write(")"u8);
    }

    private static void Write(IBufferWriter<byte> output, MimeParameter parameter, bool utf8)
    {
        ImapText.Write(output, parameter.Name, utf8);
        output.Write(" "u8);
        ImapText.Write(output, parameter.Value, utf8);
    }

    private static void WriteField(IBufferWriter<byte> output, MimeText text, bool utf8)
    {
        output.Write(" "u8);
        ImapText.Write(output, text, utf8);
    }

    private static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        output.Write(" "u8);
        ImapText.Write(output, number);
    }
}

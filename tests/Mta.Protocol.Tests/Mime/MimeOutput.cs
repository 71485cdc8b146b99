using System.Buffers;
using System.Globalization;
using System.Text;
using Mta.Protocol.Mime;

namespace Mta.Protocol.Tests.Mime;

/// <summary>What is made of a message, as text that can be compared.</summary>
internal static class MimeOutput
{
    public static string Envelope(Envelope envelope, bool utf8 = false) => Write(output => EnvelopeWriter.Write(output, envelope, utf8));

    public static string Structure(MimePart part, bool extended = true, bool utf8 = false) => Write(output => BodyStructureWriter.Write(output, part, extended, utf8));

    public static byte[] Encode(MessageIndex index)
    {
        var output = new ArrayBufferWriter<byte>();
        MessageIndexCodec.Write(index, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The parts as numbers: each with its header and its body, and the octets of both counted from the message's first.</summary>
    public static string Tree(MessageIndex index)
    {
        var text = new StringBuilder();
        Add(text, index.Root);
        return text.ToString();
    }

    public static string Cut(byte[] message, MimeRange range) => Encoding.Latin1.GetString(message, (int)range.Offset, (int)range.Length);

    /// <summary>What cannot stand in a line of a file, as an escape.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is >= ' ' and < '\u007F' and not '\\') escaped.Append(c);
            else escaped.Append(c switch { '\r' => "\\r", '\n' => "\\n", '\\' => "\\\\", _ => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}") });
        }
        return escaped.ToString();
    }

    private static void Add(StringBuilder text, MimePart part)
    {
        text.Append(CultureInfo.InvariantCulture, $"[{part.Header.Offset}+{part.Header.Length}/{part.HeaderLines} {part.Body.Offset}+{part.Body.Length}/{part.BodyLines}");
        foreach (var child in part.Children) Add(text.Append(' '), child);
        if (part.Message is { } message) Add(text.Append(" message "), message.Root);
        text.Append(']');
    }

    private static string Write(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}

using System.Buffers;
using System.Buffers.Text;

namespace Mta.Delivery;

/// <summary>Writes the two content transfer encodings that make 7 bits of 8 (RFC 2045 §6.7, §6.8).</summary>
internal static class TransferEncoding
{
    private const int LineLength = 76;

    /// <summary>Text in CRLF-ended lines; they stay lines.</summary>
    public static void WriteQuotedPrintable(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf("\r\n"u8);
            var line = end < 0 ? text : text[..end];
            WriteLine(line, output);
            if (end < 0) return;
            output.Write("\r\n"u8);
            text = text[(end + 2)..];
        }
    }

    private static void WriteLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        // three octets for each, and a soft line break for each 75 of them
        var span = output.GetSpan(line.Length * 3 + line.Length * 3 / (LineLength - 3) * 3 + 3);
        int at = 0, column = 0;
        for (int i = 0; i < line.Length; i++)
        {
            byte c = line[i];
            // RFC 2045 §6.7 (3): white space at the end of a line would be lost on the way
            bool isPlain = c is > (byte)' ' and < 127 and not (byte)'=' || (c is (byte)' ' or (byte)'\t' && i < line.Length - 1);
            int width = isPlain ? 1 : 3;
            if (column + width > LineLength - 1)
            {
                "=\r\n"u8.CopyTo(span[at..]);
                (at, column) = (at + 3, 0);
            }
            if (isPlain) span[at] = c;
            else (span[at], span[at + 1], span[at + 2]) = ((byte)'=', Hex(c >> 4), Hex(c & 15));
            (at, column) = (at + width, column + width);
        }
        output.Advance(at);

        static byte Hex(int digit) => (byte)"0123456789ABCDEF"[digit];
    }

    /// <summary>Any octets, in lines of 76 characters.</summary>
    public static void WriteBase64(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        const int perLine = LineLength / 4 * 3;
        while (!octets.IsEmpty)
        {
            var line = octets[..Math.Min(perLine, octets.Length)];
            Base64.EncodeToUtf8(line, output.GetSpan(LineLength), out _, out int written);
            output.Advance(written);
            output.Write("\r\n"u8);
            octets = octets[line.Length..];
        }
    }
}

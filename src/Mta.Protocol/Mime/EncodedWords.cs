using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Mime;

/// <summary>Reads header values with encoded words (RFC 2047, RFC 2231 §5).</summary>
public static class EncodedWords
{
    /// <summary>
    /// The value as text: unfolded, encoded words decoded and those that are adjacent joined (RFC 2047 §6.2), also where a character is cut in two between them.
    /// What is no encoded word stays. Linear time.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        if (value.IndexOf("=?"u8) < 0) return Plain(value);
        var text = new StringBuilder(value.Length);
        var octets = new ArrayBufferWriter<byte>(256);
        ReadOnlySpan<byte> charset = default;
        int plain = 0; // where text that is no encoded word begins
        for (int at = 0; ;)
        {
            int next = value[at..].IndexOf("=?"u8);
            if (next < 0) break;
            at += next;
            if (!TryRead(value[at..], out var name, out bool isBase64, out var content, out int length))
            {
                at += 2;
                continue;
            }
            bool isAdjacent = octets.WrittenCount > 0 && value[plain..at].Trim(" \t\r\n"u8).IsEmpty;
            if (!isAdjacent || !Ascii.EqualsIgnoreCase(name, charset))
            {
                Flush(text, octets, charset);
                charset = name;
            }
            if (!isAdjacent) text.Append(Plain(value[plain..at]));
            Decode(content, isBase64, octets);
            at += length;
            plain = at;
        }
        Flush(text, octets, charset);
        return text.Append(Plain(value[plain..])).ToString();
    }

    /// <summary><c>=?charset*language?Q?text?=</c></summary>
    private static bool TryRead(ReadOnlySpan<byte> word, out ReadOnlySpan<byte> charset, out bool isBase64, out ReadOnlySpan<byte> content, out int length)
    {
        charset = content = default;
        (isBase64, length) = (false, 0);
        var rest = word[2..];
        int end = rest.IndexOf((byte)'?');
        if (end <= 0 || rest.Length < end + 3 || rest[end + 2] != '?' || (rest[end + 1] | 0x20) is not ('q' or 'b')) return false;
        charset = rest[..end];
        int star = charset.IndexOf((byte)'*');
        if (star >= 0) charset = charset[..star];
        isBase64 = (rest[end + 1] | 0x20) == 'b';
        rest = rest[(end + 3)..];
        // the text holds no "?" (RFC 2047 §2): the next one ends it, so nothing is searched twice
        int close = rest.IndexOf((byte)'?');
        if (close < 0 || close + 1 >= rest.Length || rest[close + 1] != '=') return false;
        content = rest[..close];
        length = 2 + end + 3 + close + 2;
        return true;
    }

    private static void Decode(ReadOnlySpan<byte> content, bool isBase64, ArrayBufferWriter<byte> octets)
    {
        var target = octets.GetSpan(content.Length + 3);
        int length = 0;
        if (isBase64)
        {
            var bits = default(Base64Bits);
            length = bits.Decode(content, target, out _);
            length += bits.Flush(target[length..]);
        }
        else
        {
            for (int i = 0; i < content.Length; i++)
            {
                byte b = content[i];
                if (b == '=' && i + 2 < content.Length && Utf8Parser.TryParse(content.Slice(i + 1, 2), out byte octet, out int read, 'x') && read == 2)
                {
                    target[length++] = octet;
                    i += 2;
                }
                else if (b is not ((byte)'\r' or (byte)'\n')) target[length++] = b == '_' ? (byte)' ' : b;
            }
        }
        octets.Advance(length);
    }

    private static void Flush(StringBuilder text, ArrayBufferWriter<byte> octets, ReadOnlySpan<byte> charset)
    {
        if (octets.WrittenCount == 0) return;
        text.Append(Charset.Find(charset).GetString(octets.WrittenSpan));
        octets.ResetWrittenCount();
    }

    private static string Plain(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAny((byte)'\r', (byte)'\n'))
        {
            var unfolded = new byte[text.Length];
            int length = 0;
            foreach (byte b in text)
                if (b is not ((byte)'\r' or (byte)'\n')) unfolded[length++] = b;
            text = unfolded.AsSpan(0, length);
        }
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text);
    }
}

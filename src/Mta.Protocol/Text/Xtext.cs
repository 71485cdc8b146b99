using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Text;

/// <summary>The encodings of DSN parameters: xtext (RFC 3461 §4), and utf-8-addr-xtext and -unitext (RFC 6533 §3).</summary>
public static class Xtext
{
    /// <summary>True for xtext: printable US-ASCII without "+" and "=", and "+" with two upper-case hexadecimal digits.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is < 33 or > 126 or (byte)'=') return false;
            if (text[i] != '+') continue;
            if (i + 2 >= text.Length || !IsUpperHex(text[i + 1]) || !IsUpperHex(text[i + 2])) return false;
            i += 2;
        }
        return true;
    }

    /// <summary>What xtext stands for, as UTF-8; null when it is not xtext.</summary>
    public static string? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is < (char)33 or > (char)126 or '=') return null;
            if (text[i] != '+')
            {
                bytes[length++] = (byte)text[i];
                continue;
            }
            if (i + 2 >= text.Length || !IsUpperHex(text[i + 1]) || !IsUpperHex(text[i + 2])) return null;
            bytes[length++] = byte.Parse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            i += 2;
        }
        return Utf8.IsValid(bytes.AsSpan(0, length)) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    /// <summary>The xtext that stands for <paramref name="text"/>.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is < 33 or > 126 or (byte)'+' or (byte)'=') encoded.Append(CultureInfo.InvariantCulture, $"+{b:X2}");
            else encoded.Append((char)b);
        }
        return encoded.ToString();
    }

    /// <summary>
    /// True for the address of an ORCPT of type utf-8: US-ASCII with <c>\x{HEX}</c>, and, where <paramref name="utf8"/> (the
    /// transaction is SMTPUTF8), UTF-8 as it is.
    /// </summary>
    public static bool IsValidUtf8Address(ReadOnlySpan<byte> text, bool utf8)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] < 33 || text[i] == 127 || text[i] is (byte)'+' or (byte)'=') return false;
            if (text[i] > 127 && !utf8) return false;
            if (text[i] != '\\') continue;
            // RFC 6533 §3: EmbeddedUnicodeChar = "\x" "{" HEXPOINT "}"
            var rest = text[i..];
            int end = rest.IndexOf((byte)'}');
            if (end is < 5 or > 9 || rest[1] != 'x' || rest[2] != '{') return false;
            foreach (byte digit in rest[3..end])
                if (!IsUpperHex(digit)) return false;
            int point = int.Parse(rest[3..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (!Rune.IsValid(point) || Rune.IsControl(new Rune(point))) return false;
            i += end;
        }
        return Utf8.IsValid(text);
    }

    private static bool IsUpperHex(int c) => c is >= '0' and <= '9' or >= 'A' and <= 'F';
}

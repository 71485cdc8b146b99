using System.Text;

namespace Mta.Protocol.Imap;

/// <summary>Modified UTF-7, in which RFC 3501 §5.1.3 writes names of mailboxes: printable US-ASCII as it is, "&amp;-" for "&amp;", the rest as UTF-16 in base 64.</summary>
public static class ModifiedUtf7
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

    /// <summary>What it stands for; null where it is not modified UTF-7 in its one canonical spelling.</summary>
    public static string? Decode(ReadOnlySpan<byte> text)
    {
        var name = new StringBuilder(text.Length);
        bool wasShifted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsPlain(text[i])) return null;
            if (text[i] != '&')
            {
                name.Append((char)text[i]);
                wasShifted = false;
                continue;
            }
            int length = text[(i + 1)..].IndexOf((byte)'-');
            if (length < 0) return null;
            if (length == 0) name.Append('&');
            // RFC 3501 §5.1.3: no superfluous shifts, as from base 64 to US-ASCII and straight back
            else if (wasShifted || !TryDecodeShifted(text.Slice(i + 1, length), name)) return null;
            wasShifted = length > 0;
            i += length + 1;
        }
        return name.ToString();
    }

    /// <summary>The one spelling of a name.</summary>
    /// <exception cref="ArgumentException">It is no Unicode: half a surrogate pair.</exception>
    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&', StringComparison.Ordinal)) return name;
        var text = new StringBuilder(name.Length + 16);
        for (int i = 0; i < name.Length; i++)
        {
            if (IsPlain(name[i]))
            {
                text.Append(name[i]);
                if (name[i] == '&') text.Append('-');
                continue;
            }
            int end = i;
            while (end < name.Length && !IsPlain(name[end])) end++;
            EncodeShifted(name.AsSpan(i, end - i), text);
            i = end - 1;
        }
        return text.ToString();
    }

    private static bool IsPlain(int c) => c is >= ' ' and <= '~';

    private static bool TryDecodeShifted(ReadOnlySpan<byte> text, StringBuilder name)
    {
        (uint bits, int count) = (0, 0);
        char high = '\0'; // the first half of a surrogate pair
        foreach (byte b in text)
        {
            int value = Alphabet.IndexOf((char)b, StringComparison.Ordinal);
            if (value < 0) return false;
            (bits, count) = ((bits << 6) | (uint)value, count + 6);
            if (count < 16) continue;
            count -= 16;
            char c = (char)(bits >> count);
            bits &= (1u << count) - 1;
            // what stands for itself is never in base 64
            if (IsPlain(c) || char.IsLowSurrogate(c) != (high != '\0')) return false;
            high = char.IsHighSurrogate(c) ? c : '\0';
            name.Append(c);
        }
        // the bits left over are fewer than a digit, and 0
        return count < 6 && bits == 0 && high == '\0';
    }

    private static void EncodeShifted(ReadOnlySpan<char> run, StringBuilder text)
    {
        (uint bits, int count) = (0, 0);
        text.Append('&');
        for (int i = 0; i < run.Length; i++)
        {
            if (char.IsSurrogate(run[i]) && !(i + 1 < run.Length && char.IsSurrogatePair(run[i], run[i + 1])) && !(i > 0 && char.IsSurrogatePair(run[i - 1], run[i])))
                throw new ArgumentException("half a surrogate pair", nameof(run));
            (bits, count) = ((bits << 16) | run[i], count + 16);
            while (count >= 6)
            {
                count -= 6;
                text.Append(Alphabet[(int)((bits >> count) & 63)]);
            }
            bits &= (1u << count) - 1;
        }
        if (count > 0) text.Append(Alphabet[(int)((bits << (6 - count)) & 63)]);
        text.Append('-');
    }
}

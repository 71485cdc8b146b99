using System.Globalization;

namespace Mta.Protocol.Smtp;

/// <summary>An enhanced mail system status code, <c>class.subject.detail</c> (RFC 3463 §2). Subject and detail are 0 to 999.</summary>
public readonly record struct EnhancedStatusCode(byte Class, ushort Subject, ushort Detail)
{
    /// <summary>The generic code that stands for a reply code alone: <c>2.0.0</c>, <c>4.0.0</c> or <c>5.0.0</c>.</summary>
    public static EnhancedStatusCode Generic(int replyCode) => new((byte)(replyCode / 100 is 2 or 4 or 5 ? replyCode / 100 : 5), 0, 0);

    /// <summary>True for a zeroed value: the reply carried no code.</summary>
    public bool IsNone => Class == 0;

    /// <summary>Reads <c>2.1.5</c> at the start of <paramref name="text"/>; <paramref name="length"/> is how many characters it took.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedStatusCode code, out int length)
    {
        code = default;
        length = 0;
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5') || text[1] != '.') return false;
        int at = 2;
        if (!Number(text, ref at, out ushort subject) || at >= text.Length || text[at++] != '.' || !Number(text, ref at, out ushort detail)) return false;
        if (at < text.Length && text[at] != ' ') return false;
        code = new((byte)(text[0] - '0'), subject, detail);
        length = at;
        return true;

        // RFC 3463 §2: one to three digits
        static bool Number(ReadOnlySpan<char> text, ref int at, out ushort value)
        {
            int start = at;
            value = 0;
            while (at < text.Length && at - start < 3 && char.IsAsciiDigit(text[at])) value = (ushort)(value * 10 + text[at++] - '0');
            return at > start;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");
}

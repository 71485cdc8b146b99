namespace Mta.Protocol.Mime;

/// <summary>The value of a header field, unfolded, in a buffer of its own.</summary>
internal static class HeaderValue
{
    /// <summary>
    /// Without the line ends of folds (RFC 5322 §2.2.3) and without white space at both ends. A CR alone, which no field may have, is a space: what is made of the
    /// value cannot break a line.
    /// </summary>
    public static byte[] Unfold(ReadOnlySpan<byte> raw)
    {
        raw = Trim(raw);
        if (!raw.ContainsAny((byte)'\r', (byte)'\n')) return raw.ToArray();
        var value = new byte[raw.Length];
        return value[..Unfold(raw, value)];
    }

    /// <summary>As <see cref="Unfold(ReadOnlySpan{byte})"/>, and each run of white space is one space: a subject as people read it.</summary>
    public static byte[] Collapse(ReadOnlySpan<byte> raw)
    {
        byte[] value = Unfold(raw);
        int length = 0;
        foreach (byte b in value)
        {
            bool isSpace = b is (byte)' ' or (byte)'\t';
            if (isSpace && value[length - 1] == ' ') continue;
            value[length++] = isSpace ? (byte)' ' : b;
        }
        return length == value.Length ? value : value[..length];
    }

    /// <returns>Octets written; the target may be the source.</returns>
    private static int Unfold(ReadOnlySpan<byte> raw, Span<byte> target)
    {
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            byte b = raw[i];
            if (b == '\n' || b == '\r' && i + 1 < raw.Length && raw[i + 1] == '\n') continue;
            target[length++] = b == '\r' ? (byte)' ' : b;
        }
        return length;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> raw) => raw.Trim(" \t\r\n"u8);
}

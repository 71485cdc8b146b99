using System.Buffers.Text;

namespace Mta.Protocol.Mime;

/// <summary>Values of parameters as text (RFC 2231, and encoded words, which RFC 2047 §5 forbids there and many write).</summary>
public static class ParameterText
{
    /// <summary>Null where there is no such parameter.</summary>
    /// <param name="name">Without an asterisk, such as <c>filename</c>.</param>
    public static string? Find(IReadOnlyList<MimeParameter> parameters, string name)
    {
        string? plain = null;
        foreach (var parameter in parameters)
        {
            string other = parameter.Name.ToString();
            // where both are there, the one with a charset is the better (RFC 6266 §4.3 says so for HTTP)
            if (other.Length == name.Length + 1 && other[^1] == '*' && other.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return Extended(parameter.Value.Octets);
            if (plain is null && string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) plain = EncodedWords.Decode(parameter.Value.Octets);
        }
        return plain;
    }

    /// <summary>The name of an attachment: filename of its disposition, or else name of its type.</summary>
    public static string? FileName(MimePart part) => Find(part.DispositionParameters, "filename") ?? Find(part.Parameters, "name");

    /// <summary><c>charset'language'text%20in%20octets</c> (RFC 2231 §4).</summary>
    private static string Extended(ReadOnlySpan<byte> value)
    {
        int first = value.IndexOf((byte)'\''), second = first < 0 ? -1 : value[(first + 1)..].IndexOf((byte)'\'');
        var charset = second < 0 ? "utf-8"u8 : value[..first];
        if (charset.IsEmpty) charset = "utf-8"u8;
        if (second >= 0) value = value[(first + second + 2)..];
        var octets = new byte[value.Length];
        int length = 0;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%' && i + 2 < value.Length && Utf8Parser.TryParse(value.Slice(i + 1, 2), out byte octet, out int read, 'x') && read == 2)
            {
                octets[length++] = octet;
                i += 2;
            }
            else octets[length++] = value[i];
        }
        return Charset.Find(charset).GetString(octets, 0, length);
    }
}

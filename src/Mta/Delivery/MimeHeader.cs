using System.Text;

namespace Mta.Delivery;

/// <summary>What the header section of a MIME entity says that matters for its transfer encoding (RFC 2045 §5, §6).</summary>
internal sealed class MimeHeader
{
    private string _type = "text/plain";
    private string _encoding = "7bit";

    public bool HasVersion { get; private set; }
    public bool HasType { get; private set; }
    public string? Boundary { get; private set; }

    /// <summary>Where the Content-Transfer-Encoding field lies in the header section; empty, at its end, where there is none.</summary>
    public Range EncodingField { get; private set; }

    private bool HasSignature { get; set; }
    public bool IsMarkedEightBit => _encoding is "8bit" or "binary";
    public bool IsEncoded => _encoding is not ("7bit" or "8bit" or "binary");
    public bool IsText => _type.StartsWith("text/", StringComparison.Ordinal);
    public bool IsMultipart => _type.StartsWith("multipart/", StringComparison.Ordinal);
    public bool IsDigest => _type == "multipart/digest";
    public bool IsMessage => _type == "message/rfc822";
    public bool IsOtherMessage => _type.StartsWith("message/", StringComparison.Ordinal) && !IsMessage;

    /// <summary>A change would break a signature: DKIM's, ARC's, or that of S/MIME and OpenPGP (RFC 1847).</summary>
    public bool IsSigned => HasSignature || _type == "multipart/signed";

    /// <summary>The length of the header section, without the empty line that ends it.</summary>
    public static int EndOf(ReadOnlySpan<byte> entity)
    {
        if (entity.StartsWith("\r\n"u8)) return 0;
        int end = entity.IndexOf("\r\n\r\n"u8);
        return end < 0 ? entity.Length : end + 2;
    }

    /// <summary>Reads a header section of at most the configured size.</summary>
    /// <param name="inDigest">The entity is a part of a multipart/digest, and so a message where it says nothing else (RFC 2046 §5.1.5).</param>
    public static MimeHeader Read(ReadOnlySpan<byte> header, bool inDigest)
    {
        var found = new MimeHeader { EncodingField = header.Length..header.Length };
        if (inDigest) found._type = "message/rfc822";
        for (int start = 0, end; start < header.Length; start = end)
        {
            end = EndOfField(header, start);
            var field = header[start..end];
            int colon = field.IndexOf((byte)':');
            if (colon > 0) found.Add(Encoding.ASCII.GetString(field[..colon]).TrimEnd().ToLowerInvariant(), field[(colon + 1)..], start..end);
        }
        return found;
    }

    private static int EndOfField(ReadOnlySpan<byte> header, int start)
    {
        int end = start;
        do
        {
            int line = header[end..].IndexOf("\r\n"u8);
            end = line < 0 ? header.Length : end + line + 2;
        }
        while (end < header.Length && header[end] is (byte)' ' or (byte)'\t'); // RFC 5322 §2.2.3: folded
        return end;
    }

    private void Add(string name, ReadOnlySpan<byte> value, Range range)
    {
        switch (name)
        {
            case "mime-version":
                HasVersion = true;
                break;
            case "dkim-signature" or "arc-message-signature":
                HasSignature = true;
                break;
            case "content-transfer-encoding":
                _encoding = Token(Encoding.ASCII.GetString(value));
                EncodingField = range;
                break;
            case "content-type":
                string text = Encoding.ASCII.GetString(value).Replace("\r\n", "", StringComparison.Ordinal);
                (HasType, _type) = (true, Token(text));
                if (IsMultipart) Boundary = FindBoundary(text);
                break;
        }
    }

    private static string Token(string value)
    {
        int end = value.IndexOfAny([';', '(']);
        return (end < 0 ? value : value[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>The parameter boundary (RFC 2045 §5.1), a token or a quoted string.</summary>
    private static string? FindBoundary(string value)
    {
        for (int at = 0; (at = value.IndexOf(';', at)) >= 0;)
        {
            at++;
            int equals = value.IndexOf('=', at);
            if (equals < 0) return null;
            bool isIt = value.AsSpan(at, equals - at).Trim().Equals("boundary", StringComparison.OrdinalIgnoreCase);
            string argument = Argument(value, equals + 1, out at);
            if (isIt) return argument;
        }
        return null;
    }

    private static string Argument(string value, int start, out int end)
    {
        while (start < value.Length && value[start] is ' ' or '\t') start++;
        if (start >= value.Length || value[start] != '"')
        {
            end = value.IndexOf(';', start);
            if (end < 0) end = value.Length;
            return value[start..end].Trim();
        }
        var text = new StringBuilder();
        for (end = start + 1; end < value.Length && value[end] != '"'; end++)
        {
            if (value[end] == '\\' && end + 1 < value.Length) end++;
            text.Append(value[end]);
        }
        return text.ToString();
    }
}

using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>The search keys SUBJECT, FROM, TO, CC, BCC and HEADER (RFC 9051 §6.4.4): is the needle in a field of that name, decoded?</summary>
public static class SearchHeader
{
    /// <param name="header">The octets of the message's header section.</param>
    public static bool IsIn(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fieldName, SearchNeedle needle)
    {
        var fields = new HeaderFields(header);
        while (fields.Next())
            if (Ascii.EqualsIgnoreCase(fields.Name, fieldName) && (needle.Text.Length == 0 || needle.IsIn(EncodedWords.Decode(fields.Value)))) return true;
        return false;
    }
}

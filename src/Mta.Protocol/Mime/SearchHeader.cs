using System.Buffers;
using System.Text;

namespace Mta.Protocol.Mime;

/// <summary>The search keys SUBJECT, FROM, TO, CC, BCC and HEADER (RFC 9051 §6.4.4): is the needle in a field of that name, decoded?</summary>
public static class SearchHeader
{
    private static readonly SearchValues<byte> Quoting = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<string> AddressFields = SearchValues.Create(["From", "To", "Cc", "Bcc", "Sender", "Reply-To"], StringComparison.OrdinalIgnoreCase);

    /// <param name="header">The octets of the message's header section.</param>
    /// <param name="fieldName">Without a colon, in any case.</param>
    /// <param name="needle">Empty: a field of that name is there.</param>
    public static bool IsIn(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fieldName, SearchNeedle needle) => TextOf(header, fieldName) is { } text && needle.IsIn(text);

    /// <summary>
    /// What is searched of the fields of a name: their values, decoded, with a NUL between them, which no needle has (RFC 9051 §9, CHAR8). Null where there is no such field.
    /// </summary>
    /// <inheritdoc cref="IsIn" path="/param"/>
    public static string? TextOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fieldName)
    {
        string? first = null;
        StringBuilder? all = null;
        var fields = new HeaderFields(header);
        while (fields.Next())
        {
            if (!fields.Is(fieldName)) continue;
            string text = TextOf(fields);
            // one is the rule
            if (first is null) first = text;
            else (all ??= new(first)).Append('\0').Append(text);
        }
        return all?.ToString() ?? first;
    }

    /// <summary>What is searched of this field.</summary>
    internal static string TextOf(HeaderFields field)
    {
        string text = EncodedWords.Decode(field.Value);
        // FROM and its kin are searched in the envelope: there a name has lost its quotes, and backslashes that were part of them
        return field.Value.ContainsAny(Quoting) && AddressFields.Contains(Encoding.ASCII.GetString(field.Name)) ? string.Join('\0', Addresses(field.Value).Prepend(text)) : text;
    }

    private static IEnumerable<string> Addresses(ReadOnlySpan<byte> value)
    {
        var addresses = new List<MimeAddress>();
        new AddressList(HeaderValue.Unfold(value)).Read(addresses, MimeLimits.Addresses);
        return addresses.Select(address => $"{EncodedWords.Decode(address.Name.Octets)} <{address.Mailbox}@{address.Host}>");
    }
}

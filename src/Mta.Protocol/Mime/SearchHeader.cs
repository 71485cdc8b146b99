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
    public static bool IsIn(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fieldName, SearchNeedle needle)
    {
        var fields = new HeaderFields(header);
        while (fields.Next())
        {
            if (!fields.Is(fieldName)) continue;
            if (needle.Text.Length == 0 || needle.IsIn(EncodedWords.Decode(fields.Value))) return true;
            // FROM and its kin are searched in the envelope: there a name has lost its quotes, and backslashes that were part of them
            if (fields.Value.ContainsAny(Quoting) && AddressFields.Contains(Encoding.ASCII.GetString(fields.Name)) && IsInAddresses(fields.Value, needle)) return true;
        }
        return false;
    }

    private static bool IsInAddresses(ReadOnlySpan<byte> value, SearchNeedle needle)
    {
        var addresses = new List<MimeAddress>();
        new AddressList(HeaderValue.Unfold(value)).Read(addresses, MimeLimits.Addresses);
        foreach (var address in addresses)
            if (needle.IsIn($"{EncodedWords.Decode(address.Name.Octets)} <{address.Mailbox}@{address.Host}>")) return true;
        return false;
    }
}

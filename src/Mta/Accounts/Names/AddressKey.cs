using Mta.Protocol.Addresses;

namespace Mta.Accounts.Names;

/// <summary>The form in which addresses are kept and compared: local part in lower case and NFC, domain in lower-case A-labels.</summary>
internal static class AddressKey
{
    /// <summary><c>local@domain</c>.</summary>
    public static string Of(MailPath address) => $"{Fold(LocalPart(address))}@{address.Domain}";

    public static string LocalPart(MailPath address) => address.Address[..address.Address.LastIndexOf('@')];

    /// <summary>
    /// RFC 5321 §2.4 lets a domain decide whether case counts in its local parts; in ours it never does. RFC 8265 §3.3: lower case, then NFC.
    /// </summary>
    public static string Fold(string localPart) => UnicodeForm.Nfc(localPart.ToLowerInvariant());

    /// <summary>The key of the address that a plus address belongs to (RFC 5233), or null for one without a detail.</summary>
    /// <param name="separator">Empty where there are no plus addresses.</param>
    public static string? WithoutDetail(string key, string separator)
    {
        if (separator.Length == 0 || key[0] == '"') return null;
        int at = key.LastIndexOf('@');
        int plus = key.AsSpan(0, at).IndexOf(separator, StringComparison.Ordinal);
        return plus > 0 ? string.Concat(key.AsSpan(0, plus), key.AsSpan(at)) : null;
    }
}

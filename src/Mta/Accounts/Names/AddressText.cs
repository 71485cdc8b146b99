using System.Buffers;
using System.Text.Unicode;
using Mta.Protocol.Addresses;

namespace Mta.Accounts.Names;

/// <summary>Reads what an operator or a client writes for an address, as strictly as a RCPT command.</summary>
internal static class AddressText
{
    // What other systems on the way read as routing (%, !), what a mailbox cannot have in its path (/), and what stands for all (*).
    private const string Forbidden = "%!/*\"";

    /// <summary>Null for what is no address with a domain.</summary>
    public static MailPath? TryParse(string text)
    {
        if (text.Length is 0 or > AddressParser.MaxPath || text[0] == '@') return null;
        // half a character would become U+FFFD, and so another's name
        Span<byte> octets = stackalloc byte[3 * (AddressParser.MaxPath + 2)];
        if (Utf8.FromUtf16($"<{UnicodeForm.Nfc(text)}>", octets, out _, out int count, replaceInvalidSequences: false) != OperationStatus.Done) return null;
        octets = octets[..count];
        return AddressParser.ParseReversePath(octets, utf8: true, out var path, out int length) == AddressError.None && length == octets.Length ? path : null;
    }

    /// <summary>Throws <see cref="DirectoryException"/> for what is no address.</summary>
    public static MailPath Parse(string? text) =>
        TryParse(text ?? "") ?? throw DirectoryException.Invalid($"\"{text}\" is no mail address, such as user@example.com");

    /// <summary>An address for an account or an alias of ours: a plain one. Returns its key.</summary>
    public static string ParseOurs(string? text)
    {
        var path = Parse(text);
        string local = AddressKey.LocalPart(path);
        if (local.AsSpan().IndexOfAny(Forbidden) is >= 0 and var at)
            throw DirectoryException.Invalid($"\"{text}\" cannot be an address of ours: it has a {local[at]} before the @");
        return AddressKey.Of(path);
    }

    /// <summary>The key of a domain name. Throws <see cref="DirectoryException"/> for what is none; address literals are none.</summary>
    public static string ParseDomain(string? text) =>
        text is { Length: > 0 } && !text.StartsWith('[') && DomainName.Normalize(UnicodeForm.Nfc(text)) is { } name
            ? name
            : throw DirectoryException.Invalid($"\"{text}\" is no domain name, such as example.com");
}

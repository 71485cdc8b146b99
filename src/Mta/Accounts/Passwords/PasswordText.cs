using System.Globalization;
using System.Text;
using Mta.Accounts.Names;

namespace Mta.Accounts.Passwords;

/// <summary>
/// Passwords as they are compared: the profile OpaqueString (RFC 8265 §4.2). Case counts; what looks the same on two keyboards is the same.
/// </summary>
internal static class PasswordText
{
    /// <summary>Characters of the longest password: nobody types more, and hashing must have a bound.</summary>
    public const int MaxLength = 256;

    /// <summary>Null for what cannot be a password: empty, too long, with control or unassigned characters, or ill-formed.</summary>
    public static string? Prepare(string password)
    {
        if (password.Length is 0 or > MaxLength) return null;
        var text = new StringBuilder(password.Length);
        for (int i = 0; i < password.Length;)
        {
            // RFC 8264 §9.11: controls and surrogates; §9.10: unassigned code points may mean something else tomorrow
            if (Rune.DecodeFromUtf16(password.AsSpan(i), out var rune, out int length) != System.Buffers.OperationStatus.Done) return null;
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.OtherNotAssigned) return null;
            // RFC 8265 §4.2.2 (2): a space of any kind is U+0020
            if (category == UnicodeCategory.SpaceSeparator) text.Append(' ');
            else text.Append(password, i, length);
            i += length;
        }
        return UnicodeForm.Nfc(text.ToString());
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Mta.Accounts.Passwords;

/// <summary>
/// A password for one program or device: made here, shown once, and good for nothing else. It has 140 random bits, which nobody tries out, so
/// one SHA-256 keeps it as well as a slow hash would; what slow hashes are for is that people choose passwords that can be guessed.
/// </summary>
internal static class AppPassword
{
    // no i, l, o, u: they are misread
    private const string Alphabet = "abcdefghjkmnpqrstvwxyz0123456789";

    /// <summary>Of 5 bits each.</summary>
    private const int Letters = 28, Group = 4;

    /// <summary>Such as <c>k3xw-9fhz-…</c>; the hyphens are for reading, and may be left out.</summary>
    public static string Create()
    {
        string letters = RandomNumberGenerator.GetString(Alphabet, Letters);
        return string.Join('-', letters.Chunk(Group).Select(c => new string(c)));
    }

    /// <summary>Hexadecimal; null for what cannot be an app password.</summary>
    public static string? Hash(string password)
    {
        Span<char> letters = stackalloc char[Letters];
        int count = 0;
        foreach (char c in password)
        {
            if (c is '-' or ' ') continue;
            if (count == Letters) return null;
            char lower = char.ToLowerInvariant(c);
            if (!Alphabet.Contains(lower, StringComparison.Ordinal)) return null;
            letters[count++] = lower;
        }
        return count == Letters ? Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(letters.ToArray()))) : null;
    }
}

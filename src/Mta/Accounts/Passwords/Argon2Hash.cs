using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Mta.Accounts.Passwords;

/// <summary>What a hash costs. One lane: libsodium has no other.</summary>
/// <param name="Memory">KiB.</param>
public readonly record struct Argon2Cost(int Memory, int Passes);

/// <summary>Argon2id (RFC 9106) in the form in which password hashes are passed around: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>.</summary>
internal static class Argon2Hash
{
    /// <summary>Octets.</summary>
    private const int SaltSize = 16, HashSize = 32;

    /// <summary>KiB; a hash of the database that asks for more is not computed.</summary>
    private const int MaxMemory = 1 << 20;

    private const int MaxPasses = 100;

    public static string Create(string password, Argon2Cost cost)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        return string.Create(CultureInfo.InvariantCulture,
            $"$argon2id$v=19$m={cost.Memory},t={cost.Passes},p=1${Encode(salt)}${Encode(Derive(password, salt, cost))}");
    }

    /// <summary>False also for a text that is no such hash. Costs what the hash's own parameters say.</summary>
    public static bool Verify(string password, string hash) =>
        TryParse(hash, out var cost, out byte[] salt, out byte[] expected)
        && CryptographicOperations.FixedTimeEquals(Derive(password, salt, cost), expected);

    /// <summary>Null for a text that is no such hash.</summary>
    public static Argon2Cost? CostOf(string hash) => TryParse(hash, out var cost, out _, out _) ? cost : null;

    private static byte[] Derive(string password, byte[] salt, Argon2Cost cost)
    {
        var parameters = new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = cost.Memory, NumberOfPasses = cost.Passes };
        byte[] octets = Encoding.UTF8.GetBytes(password);
        try
        {
            return PasswordBasedKeyDerivationAlgorithm.Argon2id(parameters).DeriveBytes(octets, salt, HashSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private static bool TryParse(string hash, out Argon2Cost cost, out byte[] salt, out byte[] expected)
    {
        (cost, salt, expected) = (default, [], []);
        if (hash.Split('$') is not ["", "argon2id", "v=19", var parameters, var saltText, var hashText]) return false;
        if (parameters.Split(',') is not [var m, var t, "p=1"] || !TryNumber(m, "m=", MaxMemory, out int memory) || !TryNumber(t, "t=", MaxPasses, out int passes)) return false;
        cost = new(memory, passes);
        return memory >= 8 && TryDecode(saltText, SaltSize, out salt) && TryDecode(hashText, HashSize, out expected);
    }

    private static bool TryNumber(string text, string name, int max, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0 && value <= max;
    }

    // base 64 without padding, as the form wants it
    private static string Encode(byte[] octets) => Convert.ToBase64String(octets).TrimEnd('=');

    private static bool TryDecode(string text, int size, out byte[] octets)
    {
        octets = new byte[size];
        return text.Length == (size * 4 + 2) / 3 && Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), octets, out int written) && written == size;
    }
}

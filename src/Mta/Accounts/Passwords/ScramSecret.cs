using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mta.Protocol.Sasl;

namespace Mta.Accounts.Passwords;

/// <summary>The keys of SCRAM-SHA-256 (RFC 5802, RFC 7677): made from a password, and kept as RFC 5803 writes them.</summary>
internal static class ScramSecret
{
    /// <summary>The fewest iterations that RFC 7677 §4 allows.</summary>
    public const int MinIterations = 4096;

    /// <summary>Some clients refuse to compute more than this: whoever signs in does that work.</summary>
    public const int MaxIterations = 65536;

    private const string Scheme = "SCRAM-SHA-256";

    /// <summary>Characters of the kept text within which the number of iterations ends, with the colon behind it.</summary>
    public const int NumberEnd = 20;

    /// <summary>Octets.</summary>
    private const int SaltSize = 16, KeySize = 32;

    public static ScramKeys Create(string password, int iterations) => Create(password, RandomNumberGenerator.GetBytes(SaltSize), iterations);

    // RFC 5802 §3
    public static ScramKeys Create(string password, byte[] salt, int iterations)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, KeySize);
        byte[] stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        byte[] server = HMACSHA256.HashData(salted, "Server Key"u8);
        return new([.. salt], iterations, [.. stored], [.. server]);
    }

    /// <summary>
    /// RFC 5802 §9: who asks for a name that does not exist must see what it would see of one that does, each time the same; and with another number of
    /// iterations another salt, for a password that is hashed anew gets one.
    /// </summary>
    /// <param name="secret">Known to us alone, and kept.</param>
    public static ScramKeys Invent(string name, byte[] secret, int iterations) => new(
        [.. Derived(name, secret, $"salt{iterations}").AsSpan(0, SaltSize)], iterations, [.. Derived(name, secret, "stored")], [.. Derived(name, secret, "server")]);

    /// <summary>A number from 0 to 1 that is the name's for good.</summary>
    public static double Place(string name, byte[] secret) => BinaryPrimitives.ReadUInt32LittleEndian(Derived(name, secret, "place")) / (uint.MaxValue + 1.0);

    /// <summary>The iterations of what <see cref="Format"/> wrote, from its first <see cref="NumberEnd"/> characters; null where it did not write that.</summary>
    public static int? IterationsOf(string start) =>
        start.Split('$') is [Scheme, var rest, ..] && int.TryParse(rest.Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;

    public static string Format(ScramKeys keys) => string.Create(CultureInfo.InvariantCulture,
        $"{Scheme}${keys.Iterations}:{Encode(keys.Salt)}${Encode(keys.StoredKey)}:{Encode(keys.ServerKey)}");

    /// <summary>Null for what <see cref="Format"/> did not write.</summary>
    public static ScramKeys? TryParse(string? text)
    {
        if (text?.Split('$') is not [Scheme, var first, var second]) return null;
        if (first.Split(':') is not [var iterations, var salt] || second.Split(':') is not [var stored, var server]) return null;
        if (!int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return null;
        try
        {
            return new([.. Convert.FromBase64String(salt)], count, [.. Convert.FromBase64String(stored)], [.. Convert.FromBase64String(server)]);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Derived(string name, byte[] secret, string what) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{what}\0{name}"));

    private static string Encode(ImmutableArray<byte> octets) => Convert.ToBase64String(octets.AsSpan());
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Tests.Sasl;

/// <summary>What a client says to an exchange, and a shell that knows one account.</summary>
internal static class SaslDialogue
{
    public static SaslStep Say(this SaslExchange exchange, string text) => exchange.Respond(Encoding.UTF8.GetBytes(text));

    public static SaslStep Begin(this SaslExchange exchange, string text) => exchange.Start(Encoding.UTF8.GetBytes(text), hasInitial: true);

    public static SaslStep Begin(this SaslExchange exchange) => exchange.Start(default, hasInitial: false);

    public static string Text(this SaslStep step) => Encoding.UTF8.GetString(Assert.IsType<SaslStep.Challenge>(step).Octets.Span);

    /// <summary>RFC 5802 §3.</summary>
    public static ScramKeys Keys(string password, byte[] salt, int iterations)
    {
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new([.. salt], iterations, [.. SHA256.HashData(clientKey)], [.. HMACSHA256.HashData(salted, "Server Key"u8)]);
    }

    /// <summary>The client's last message, and the signature that it expects.</summary>
    public static (string Final, string Signature) Prove(string password, string bare, string serverFirst, byte[] bindingInput)
    {
        var parts = serverFirst.Split(',').ToDictionary(p => p[0], p => p[2..]);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(parts['s']), int.Parse(parts['i'], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        string withoutProof = $"c={Convert.ToBase64String(bindingInput)},r={parts['r']}";
        byte[] message = Encoding.UTF8.GetBytes($"{bare},{serverFirst},{withoutProof}");
        byte[] proof = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        for (int i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        return ($"{withoutProof},p={Convert.ToBase64String(proof)}", "v=" + Convert.ToBase64String(HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message)));
    }
}

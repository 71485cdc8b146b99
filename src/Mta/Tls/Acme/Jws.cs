using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mta.Tls.Acme;

/// <summary>JSON Web Signatures in the flattened form (RFC 7515 §7.2.2), the only one that ACME takes (RFC 8555 §6.2).</summary>
internal static class Jws
{
    public const string ContentType = "application/jose+json";

    /// <summary>An object signed over <c>BASE64URL(header) . BASE64URL(payload)</c> (RFC 7515 §5.1).</summary>
    public static JsonObject Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        string protectedHeader = Base64Url.EncodeToString(header), encodedPayload = Base64Url.EncodeToString(payload);
        return new()
        {
            ["protected"] = protectedHeader,
            ["payload"] = encodedPayload,
            ["signature"] = Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{protectedHeader}.{encodedPayload}"))),
        };
    }

    /// <summary>With the account's key, ES256 (RFC 7518 §3.4).</summary>
    /// <param name="account">The account's URL, or null before there is one: then the key itself is sent (RFC 8555 §6.2).</param>
    /// <param name="payload">Null: POST-as-GET (RFC 8555 §6.3).</param>
    public static JsonObject Sign(AccountKey key, string? account, string nonce, Uri url, JsonNode? payload)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["nonce"] = nonce, ["url"] = url.AbsoluteUri };
        if (account is null) header["jwk"] = key.Jwk();
        else header["kid"] = account;
        return Sign(Octets(header), payload is null ? [] : Octets(payload), key.Sign);
    }

    /// <summary>Ties our key to an account that was made by other means (RFC 8555 §7.3.4), HS256.</summary>
    public static JsonObject Bind(ExternalAccount external, AccountKey key, Uri newAccount)
    {
        var header = new JsonObject { ["alg"] = "HS256", ["kid"] = external.KeyId, ["url"] = newAccount.AbsoluteUri };
        return Sign(Octets(header), Octets(key.Jwk()), input => HMACSHA256.HashData(external.MacKey, input));
    }

    private static byte[] Octets(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Mta.Tls.Acme;

/// <summary>The key of our account with an authority: ECDSA on P-256. It never leaves this object but for its file.</summary>
internal sealed class AccountKey : IDisposable
{
    private readonly ECDsa _key;

    private AccountKey(ECDsa key) => _key = key;

    /// <summary>Reads the file, or makes it; throws <see cref="IOException"/> or <see cref="CryptographicException"/>.</summary>
    public static AccountKey ReadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.Write(path, fresh.ExportPkcs8PrivateKeyPem() + "\n");
        }
        return FromPem(File.ReadAllText(path));
    }

    public static AccountKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize == 256) return new(key);
            throw new CryptographicException("the account's key is not of P-256");
        }
        catch (ArgumentException e)
        {
            key.Dispose();
            throw new CryptographicException("the account's key cannot be read: " + e.Message, e);
        }
    }

    /// <summary>The public key (RFC 7517, RFC 7518 §6.2), its members in the order that a thumbprint wants.</summary>
    public JsonObject Jwk()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        return new() { ["crv"] = "P-256", ["kty"] = "EC", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
    }

    /// <summary>RFC 7638 §3.</summary>
    public string Thumbprint => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Jwk().ToJsonString())));

    /// <summary>What answers a challenge (RFC 8555 §8.1).</summary>
    public string Authorize(string token) => $"{token}.{Thumbprint}";

    /// <summary>R and S side by side (RFC 7518 §3.4).</summary>
    public byte[] Sign(byte[] input) => _key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _key.Dispose();
}

using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace Mta.Accounts.Tokens;

/// <summary>A key of the algorithm EdDSA (RFC 8037), which the token library does not know. It can only verify.</summary>
internal sealed class Ed25519Key : AsymmetricSecurityKey
{
    public const string Algorithm = "EdDSA";

    private Ed25519Key(PublicKey key, string? id)
    {
        (Public, KeyId) = (key, id);
        CryptoProviderFactory = new CryptoProviderFactory { CustomCryptoProvider = new Provider(), CacheSignatureProviders = false };
    }

    public PublicKey Public { get; }
    public override int KeySize => 256;
    public override PrivateKeyStatus PrivateKeyStatus => PrivateKeyStatus.DoesNotExist;

    [Obsolete("as in the base class")]
    public override bool HasPrivateKey => false;

    /// <summary>Null for a key of another curve, or none.</summary>
    public static Ed25519Key? From(JsonWebKey key)
    {
        if (key.Kty != "OKP" || key.Crv != "Ed25519" || key.X is not { } x) return null;
        try
        {
            return PublicKey.TryImport(SignatureAlgorithm.Ed25519, Base64UrlEncoder.DecodeBytes(x), KeyBlobFormat.RawPublicKey, out var known) ? new(known!, key.Kid) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed class Provider : ICryptoProvider
    {
        public bool IsSupportedAlgorithm(string algorithm, params object[] args) => algorithm == Algorithm && args is [Ed25519Key, ..];

        public object Create(string algorithm, params object[] args) => new Verifier((Ed25519Key)args[0]);

        public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();
    }

    private sealed class Verifier(Ed25519Key key) : SignatureProvider(key, Ed25519Key.Algorithm)
    {
        public override byte[] Sign(byte[] input) => throw new NotSupportedException("Tokens are only verified here.");

        public override bool Verify(byte[] input, byte[] signature) => SignatureAlgorithm.Ed25519.Verify(key.Public, input, signature);

        public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength) =>
            SignatureAlgorithm.Ed25519.Verify(key.Public, input.AsSpan(inputOffset, inputLength), signature.AsSpan(signatureOffset, signatureLength));

        protected override void Dispose(bool disposing) { }
    }
}

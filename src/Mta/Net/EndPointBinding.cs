using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mta.Protocol.Sasl;

namespace Mta.Net;

/// <summary>
/// The channel binding tls-server-end-point (RFC 5929 §4) of our own end. .NET makes it for the client's end alone, and neither tls-unique under TLS 1.3 nor
/// tls-exporter (RFC 9266), which would need the keying material of the connection.
/// </summary>
internal static class EndPointBinding
{
    /// <summary>Null where the certificate's signature has no one hash (Ed25519, RSASSA-PSS): then it is not defined.</summary>
    public static ChannelBinding? Of(X509Certificate? certificate)
    {
        if (certificate is null) return null;
        using var parsed = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        byte[]? hash = parsed.SignatureAlgorithm.Value switch
        {
            // MD5 and SHA-1 count as SHA-256: md5WithRSA, sha1WithRSA, ecdsa-with-SHA1; then the SHA-256 ones
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1"
                or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => SHA256.HashData(parsed.RawDataMemory.Span),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(parsed.RawDataMemory.Span),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(parsed.RawDataMemory.Span),
            _ => null,
        };
        return hash is null ? null : new(ChannelBinding.ServerEndPoint, hash);
    }
}

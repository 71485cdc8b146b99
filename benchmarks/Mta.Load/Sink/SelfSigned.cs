using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Load.Sink;

/// <summary>A certificate of our own making, for a week.</summary>
internal static class SelfSigned
{
    public static X509Certificate2 Create(IEnumerable<string> names, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mta sink", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        var now = clock.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
    }

    public static SslServerAuthenticationOptions Options(X509Certificate2 certificate) =>
        new() { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true) };

    /// <summary>The data of a TLSA record 3 1 1: SHA-256 of the public key (RFC 6698 §2.1).</summary>
    public static byte[] Tlsa(X509Certificate2 certificate) => [3, 1, 1, .. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())];
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Tls;

/// <summary>
/// The certificate that we sign ourselves, so that STARTTLS is always offered. Right for mail between servers, which take any certificate rather than
/// send in the clear (RFC 7435 §3); people's mail programs want one that somebody vouches for.
/// </summary>
internal static class SelfSigned
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365), RenewBefore = TimeSpan.FromDays(30), Backdated = TimeSpan.FromHours(1);

    /// <summary>
    /// Makes the file, or makes it anew where it is missing, unusable, about to expire or for other names; true where it did. The key stays the same as long as
    /// it can be read, for others may have published it (RFC 7672 §3.1.1).
    /// </summary>
    public static bool Ensure(string path, string hostname, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var file = new CertificateFile(CertificateSource.SelfSigned, path, path, []);
        file.Refresh();
        if (file.Current is { } current && current.NotBefore <= now && now < current.NotAfter - RenewBefore && current.Hosts.SequenceEqual(Names(hostname))) return false;
        using var key = file.Current?.Leaf.GetECDsaPrivateKey() ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Create(key, hostname, now);
        PrivateFile.Write(path, key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n");
        return true;
    }

    private static X509Certificate2 Create(ECDsa key, string hostname, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Mta", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string name in Names(hostname)) names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(ServerAuthentication)], critical: false));
        return request.CreateSelfSigned(now - Backdated, now + Lifetime);
    }

    private static string[] Names(string hostname) => [.. new[] { "localhost", hostname }.Distinct()];
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Interop.Tests.Bench;

/// <summary>A certificate from an authority of our own, as the world's are: ECDSA, for ninety days, with the chain behind it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-authority-").FullName;

    public TestAuthority(string host)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Mta test authority", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.Create(root, now.AddHours(-1), now.AddDays(90), RandomNumberGenerator.GetBytes(16));
        File.WriteAllText(RootPath, root.ExportCertificatePem() + "\n");
        File.WriteAllText(CertificatePath, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    public string RootPath => Path.Combine(_folder, "root.pem");

    /// <summary>Holds the key, too.</summary>
    public string CertificatePath => Path.Combine(_folder, "certificate.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

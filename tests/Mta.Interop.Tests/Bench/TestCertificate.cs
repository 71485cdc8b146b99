using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Interop.Tests.Bench;

/// <summary>A certificate that signs itself, in PEM files that every user may read.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mta-certificate-").FullName;

    public TestCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Fingerprint = certificate.GetCertHashString();
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
        // the peers drop root's rights before they read it
        File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    public string Fingerprint { get; }
    public string CertificatePath => Path.Combine(_folder, "certificate.pem");
    public string KeyPath => Path.Combine(_folder, "key.pem");

    /// <summary>The lines of mta's configuration that make it offer STARTTLS.</summary>
    public string Offer => $"tls.certificates = [ {{ certificate = \"{CertificatePath}\", key = \"{KeyPath}\" }} ]\n";

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

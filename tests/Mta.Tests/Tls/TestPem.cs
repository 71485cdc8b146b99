using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Tests.Tls;

/// <summary>Certificates for tests, in a folder of their own.</summary>
internal sealed class TestPem : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("mta-tls-").FullName;

    public static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Writes <c>NAME.pem</c> and <c>NAME.key</c>; returns the fingerprint.</summary>
    public string Write(string name, string[] hosts, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        var (certificate, key, fingerprint) = Create(hosts, from ?? Now.AddDays(-1), to ?? Now.AddDays(90));
        File.WriteAllText(At(name + ".pem"), certificate);
        File.WriteAllText(At(name + ".key"), key);
        return fingerprint;
    }

    /// <summary>The entry of <c>certificates</c> for what <see cref="Write"/> has written.</summary>
    public string Entry(string name, string rest = "") => $"{{ certificate = \"{At(name + ".pem")}\", key = \"{At(name + ".key")}\" {rest} }}";

    public static (string Certificate, string Key, string Fingerprint) Create(string[] hosts, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=common.name.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts) names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(from, to);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), certificate.GetCertHashString(HashAlgorithmName.SHA256));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mta.Tls;

/// <summary>Where a certificate comes from.</summary>
public enum CertificateSource : byte { File, Acme, SelfSigned }

public static class CertificateSources
{
    /// <summary>As operators see it: <c>file</c>, <c>acme</c>, <c>self-signed</c>.</summary>
    public static string Name(this CertificateSource source) => source == CertificateSource.SelfSigned ? "self-signed" : source.ToString().ToLowerInvariant();
}

/// <summary>A certificate that can be shown: with its key, its chain, and the options for a handshake made ready.</summary>
internal sealed class ServerCertificate
{
    private const string PemCertificate = "CERTIFICATE";

    private ServerCertificate(CertificateSource source, X509Certificate2 leaf, SslStreamCertificateContext context, IReadOnlyList<string> hosts)
    {
        (Source, Leaf, Context, Hosts) = (source, leaf, context, hosts);
        (NotBefore, NotAfter) = (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime());
    }

    public CertificateSource Source { get; }
    public X509Certificate2 Leaf { get; }
    public SslStreamCertificateContext Context { get; }

    /// <summary>The names that it is shown for, <c>*.</c> before those of all hosts there.</summary>
    public IReadOnlyList<string> Hosts { get; }
    public DateTimeOffset NotBefore { get; }
    public DateTimeOffset NotAfter { get; }

    public bool IsValidAt(DateTimeOffset time) => NotBefore <= time && time <= NotAfter;

    /// <summary>
    /// Reads PEM: the certificate first and then its chain, and the key. Throws <see cref="CryptographicException"/> where they cannot be used or do not
    /// belong together.
    /// </summary>
    /// <param name="hosts">Instead of the names in the certificate, unless it is empty.</param>
    public static ServerCertificate Parse(CertificateSource source, string certificatePem, string keyPem, IReadOnlyList<string> hosts)
    {
        try
        {
            if (!Contains(keyPem, label => label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))) throw new CryptographicException("there is no PEM private key");
            if (!Contains(certificatePem, label => label == PemCertificate)) throw new CryptographicException("there is no PEM certificate");
            var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);
            chain.RemoveAt(0);
            // offline: neither looks for missing certificates nor for OCSP answers; what the file has is what is sent
            return new(source, leaf, SslStreamCertificateContext.Create(leaf, chain, offline: true), hosts.Count > 0 ? hosts : HostNames.Of(leaf));
        }
        catch (ArgumentException e) // a key of another certificate
        {
            throw new CryptographicException(e.Message, e);
        }
    }

    private static bool Contains(ReadOnlySpan<char> pem, Func<string, bool> label)
    {
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (label(pem[fields.Label].ToString())) return true;
            pem = pem[fields.Location.End..];
        }
        return false;
    }
}

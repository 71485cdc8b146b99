using System.Security.Cryptography;
using System.Text;

namespace Mta.Tls;

/// <summary>
/// A certificate in files that others may replace at any time. It is looked at by content: a renewed one often has the same size, and links (certbot,
/// Kubernetes) tell nothing by their own times. A broken one never takes the place of a good one.
/// </summary>
internal sealed class CertificateFile(CertificateSource source, string certificatePath, string keyPath, IReadOnlyList<string> hosts)
{
    private const int MaxSize = 1 << 20;
    private byte[] _seen = [];
    private string? _problem;

    public string Path => certificatePath;
    public CertificateSource Source => source;

    /// <summary>What was read last and is good, or null.</summary>
    public ServerCertificate? Current { get; private set; }

    /// <summary>Why what is in the files now cannot be used, or null.</summary>
    public string? Problem => _problem;

    /// <summary>Looks at the files; true where something is other than at the last look.</summary>
    public bool Refresh()
    {
        string? before = _problem;
        try
        {
            string certificate = Read(certificatePath), key = keyPath == certificatePath ? certificate : Read(keyPath);
            byte[] seen = SHA256.HashData(Encoding.UTF8.GetBytes(certificate + "\0" + key));
            if (_problem is null && seen.AsSpan().SequenceEqual(_seen)) return false;
            Current = ServerCertificate.Parse(source, certificate, key, hosts);
            (_seen, _problem) = (seen, null);
            return true;
        }
        catch (Exception e) when (source != CertificateSource.File && e is (FileNotFoundException or DirectoryNotFoundException))
        {
            return false; // it has not been made yet
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // half of a pair was replaced, or half of a file written: the next look may find the whole
            _problem = e.Message.ReplaceLineEndings(" ");
            return _problem != before;
        }
    }

    private static string Read(string path)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MaxSize) throw new IOException($"{path} is too long for a certificate");
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}

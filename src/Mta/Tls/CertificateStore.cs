using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Tls.Acme;

namespace Mta.Tls;

/// <summary>
/// All certificates that we show, and which one a client gets. They are read again when their files change, and what was good stays in force until
/// something good takes its place; connections that are open keep what they began with. Files of the operator's go before ordered ones, and those
/// before our own. There is one certificate for each name: the runtime lets us choose by the name alone and not by the signatures that the client
/// knows, so that RSA and ECDSA cannot stand side by side.
/// </summary>
public sealed class CertificateStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _hostname;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly TlsMetrics _metrics;
    private readonly ITimer _timer;
    private TlsSettings _settings;
    private List<CertificateFile> _files;
    private string? _cannotMake;
    private volatile Shown _shown;

    /// <summary>What handshakes see.</summary>
    private sealed record Shown(CertificateSet Certificates, SslProtocols Protocols, CipherSuitesPolicy? Ciphers);

    private CertificateStore(TlsSettings settings, string dataDir, string hostname, TimeProvider clock, ILogger log)
    {
        (_hostname, _clock, _log, Folder) = (hostname, clock, log, Path.Combine(Path.GetFullPath(dataDir), "tls"));
        _files = FilesOf(settings);
        (_settings, _shown) = (settings, Publish(settings, _files, _files));
        _metrics = new(Expiry);
        _timer = clock.CreateTimer(_ => Refresh(), null, settings.CheckInterval, settings.CheckInterval);
    }

    /// <summary>Holds the certificates that we make and order, with their keys.</summary>
    public string Folder { get; }

    /// <summary>Reads all; throws <see cref="ConfigException"/> where a file of the settings cannot be used, or our own cannot be made.</summary>
    public static CertificateStore Open(TlsSettings settings, string dataDir, string hostname, TimeProvider clock, ILogger log) =>
        new(settings, dataDir, hostname, clock, log);

    /// <summary>
    /// What a listener gives to its handshakes: the certificate follows from the name that the client asks for (RFC 6066 §3). Null where there can be none.
    /// </summary>
    /// <param name="protocols">
    /// Of the listener, by their names (ALPN, RFC 7301): a client that asks for others alone is refused, so that nobody can lead it to the wrong
    /// service. None: whatever it asks for.
    /// </param>
    public ServerOptionsSelectionCallback? Choose(params SslApplicationProtocol[] protocols) => !_settings.HasCertificates ? null
        : (_, hello, _, _) => ValueTask.FromResult(Options(hello.ServerName, protocols));

    /// <summary>Puts new settings in force; throws as <see cref="Open"/> does, before anything is changed.</summary>
    public void Reload(TlsSettings settings)
    {
        lock (_lock)
        {
            var files = FilesOf(settings);
            (_settings, _files, _shown) = (settings, files, Publish(settings, files, files));
            _timer.Change(settings.CheckInterval, settings.CheckInterval);
        }
    }

    /// <summary>Looks at all files now.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            KeepSelfSigned();
            CertificateFile[] changed = [.. _files.Where(f => f.Refresh())];
            foreach (var file in changed.Where(f => f.Problem is not null))
            {
                TlsLog.Broken(_log, file.Path, file.Problem!);
                _metrics.Failed(file.Source);
            }
            CertificateFile[] good = [.. changed.Where(f => f.Problem is null)];
            if (good.Length > 0) _shown = Publish(_settings, _files, good);
        }
    }

    /// <summary>All certificates, in the order in which they are looked through.</summary>
    public IReadOnlyList<CertificateStatus> Describe()
    {
        lock (_lock) return [.. _files.Where(f => f.Current is not null).Select(f => CertificateStatus.Of(f, f.Current!))];
    }

    internal void CountFailure(CertificateSource source) => _metrics.Failed(source);

    public void Dispose()
    {
        _timer.Dispose();
        _metrics.Dispose();
    }

    private SslServerAuthenticationOptions Options(string? host, SslApplicationProtocol[] protocols)
    {
        var shown = _shown;
        var certificate = shown.Certificates.Find(host, _clock.GetUtcNow()) ?? throw new AuthenticationException("there is no certificate");
        return new()
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = shown.Protocols,
            CipherSuitesPolicy = shown.Ciphers,
            ApplicationProtocols = protocols.Length > 0 ? [.. protocols] : null,
            AllowRenegotiation = false,
            ClientCertificateRequired = false,
        };
    }

    private List<CertificateFile> FilesOf(TlsSettings settings)
    {
        var files = new List<CertificateFile>();
        foreach (var one in settings.Certificates)
        {
            var file = new CertificateFile(CertificateSource.File, one.CertificatePath, one.KeyPath, one.Hosts);
            file.Refresh();
            if (file.Problem is { } problem) throw one.Section.Wrong("certificate", $"and key cannot be used: {problem}");
            files.Add(file);
        }
        if (settings.Acme is { } acme)
        {
            var folder = new AcmeFolder(Folder, acme.Directory);
            files.AddRange(acme.Hosts.Select(host => Managed(CertificateSource.Acme, folder.Certificate(host))));
        }
        if (settings.NeedsSelfSigned)
        {
            try
            {
                SelfSigned.Ensure(SelfSignedPath, _hostname, _clock);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ConfigException("mta.data-dir", $"cannot hold our own certificate: {e.Message}");
            }
            files.Add(Managed(CertificateSource.SelfSigned, SelfSignedPath));
        }
        return files;

        static CertificateFile Managed(CertificateSource source, string path)
        {
            var file = new CertificateFile(source, path, path, []);
            file.Refresh();
            return file;
        }
    }

    private string SelfSignedPath => Path.Combine(Folder, "localhost.pem");

    private void KeepSelfSigned()
    {
        if (!_settings.NeedsSelfSigned) return;
        try
        {
            SelfSigned.Ensure(SelfSignedPath, _hostname, _clock);
            _cannotMake = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (e.Message == _cannotMake) return;
            _cannotMake = e.Message;
            TlsLog.CannotMake(_log, SelfSignedPath, e.Message);
            _metrics.Failed(CertificateSource.SelfSigned);
        }
    }

    private Shown Publish(TlsSettings settings, IReadOnlyList<CertificateFile> all, IReadOnlyList<CertificateFile> changed)
    {
        var now = _clock.GetUtcNow();
        foreach (var file in changed)
        {
            if (file.Current is not { } current) continue;
            TlsLog.InUse(_log, file.Source.Name(), string.Join(',', current.Hosts), current.Leaf.Issuer, current.NotAfter, file.Path);
            if (!current.IsValidAt(now)) TlsLog.NotValid(_log, file.Path, current.NotBefore, current.NotAfter);
        }
        return new(
            new([.. all.Select(f => f.Current).OfType<ServerCertificate>()]), settings.Protocols,
            settings.Ciphers.Count > 0 && OperatingSystem.IsLinux() ? new CipherSuitesPolicy(settings.Ciphers) : null);
    }

    private Measurement<double>[] Expiry()
    {
        var now = _clock.GetUtcNow();
        return [.. Describe().Select(c => new Measurement<double>(
            (c.NotAfter - now).TotalSeconds, new("host", c.Hosts is [var first, ..] ? first : ""), new("source", c.Source.Name()), new("file", c.File)))];
    }
}

/// <summary>A certificate as it stands.</summary>
/// <param name="Fingerprint">SHA-256 of it, in hexadecimal.</param>
/// <param name="Problem">Why what its files hold now cannot be used, or null.</param>
public sealed record CertificateStatus(
    IReadOnlyList<string> Hosts, string Issuer, CertificateSource Source, string File, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Fingerprint, string? Problem)
{
    internal static CertificateStatus Of(CertificateFile file, ServerCertificate certificate) => new(
        certificate.Hosts, certificate.Leaf.Issuer, certificate.Source, file.Path, certificate.NotBefore, certificate.NotAfter,
        certificate.Leaf.GetCertHashString(HashAlgorithmName.SHA256), file.Problem);
}

using System.Net.Security;
using System.Security.Authentication;
using Mta.Config;
using Mta.Protocol.Addresses;
using Mta.Tls.Acme;

namespace Mta.Tls;

/// <summary><c>mta.tls</c>: the certificates that we show, and what else a handshake needs.</summary>
public sealed record TlsSettings
{
    public required IReadOnlyList<CertificateFileSettings> Certificates { get; init; }
    public required bool SelfSigned { get; init; }
    public required SslProtocols Protocols { get; init; }

    /// <summary>Empty: the runtime's choice.</summary>
    public required IReadOnlyList<TlsCipherSuite> Ciphers { get; init; }
    public required TimeSpan CheckInterval { get; init; }

    /// <summary>Null where no certificates are ordered.</summary>
    public required AcmeSettings? Acme { get; init; }

    /// <summary>We make one of our own: nothing else is configured, or the first order is not done yet.</summary>
    public bool NeedsSelfSigned => Certificates.Count == 0 && (SelfSigned || Acme is not null);

    public static TlsSettings From(ConfigSection tls)
    {
        var certificates = tls.Sections("certificates", tls.Section("certificate-defaults"));
        var protocols = tls.String("min-version") switch
        {
            "1.2" => SslProtocols.Tls12 | SslProtocols.Tls13,
            "1.3" => SslProtocols.Tls13,
            var other => throw tls.Wrong("min-version", $"must be 1.2 or 1.3, is \"{other}\""), // RFC 8996: the older ones must not be used
        };
        TlsCipherSuite[] ciphers = [.. tls.Strings("ciphers").Select(name =>
            Enum.TryParse<TlsCipherSuite>(name, out var suite) && name.StartsWith("TLS_", StringComparison.Ordinal) ? suite
                : throw tls.Wrong("ciphers", $"holds \"{name}\", which is no cipher suite such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))];
        if (ciphers.Length > 0 && !OperatingSystem.IsLinux()) throw tls.Wrong("ciphers", "can be set on Linux alone: elsewhere the system decides");
        var interval = tls.Duration("check-interval");
        if (interval < TimeSpan.FromSeconds(1)) throw tls.Wrong("check-interval", "must be 1s or more");
        return new()
        {
            Certificates = [.. certificates.Select(CertificateFileSettings.From)],
            SelfSigned = tls.Bool("self-signed"),
            Protocols = protocols,
            Ciphers = ciphers,
            CheckInterval = interval,
            Acme = AcmeSettings.From(tls.Section("acme")),
        };
    }
}

/// <summary>One of <c>mta.tls.certificates</c>: PEM files of the operator's.</summary>
/// <param name="KeyPath">May be the same file.</param>
/// <param name="Hosts">The names it is shown for; empty: those in the certificate.</param>
/// <param name="Section">Where it stands, for errors.</param>
public sealed record CertificateFileSettings(string CertificatePath, string KeyPath, IReadOnlyList<string> Hosts, ConfigSection Section)
{
    internal static CertificateFileSettings From(ConfigSection section)
    {
        string certificate = section.OptionalString("certificate") ?? throw section.Wrong("certificate", "is missing: the path of a PEM file");
        return new(certificate, section.OptionalString("key") ?? certificate, [.. section.Strings("hosts").Select(host => Host(section, host))], section);
    }

    private static string Host(ConfigSection section, string host)
    {
        bool isWildcard = host.StartsWith("*.", StringComparison.Ordinal);
        return DomainName.Normalize(isWildcard ? host[2..] : host) is { } name && name[0] != '[' ? isWildcard ? "*." + name : name
            : throw section.Wrong("hosts", $"holds \"{host}\", which is neither a host name nor *. before one");
    }
}

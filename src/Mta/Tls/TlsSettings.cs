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

    /// <summary>There is, or will be, a certificate to show.</summary>
    public bool HasCertificates => Certificates.Count > 0 || NeedsSelfSigned;

    public static TlsSettings From(ConfigSection tls)
    {
        var certificates = tls.Sections("certificates", tls.Section("certificate-defaults"));
        bool allows12 = tls.String("min-version") switch
        {
            "1.2" => true,
            "1.3" => false,
            var other => throw tls.Wrong("min-version", $"must be 1.2 or 1.3, is \"{other}\""), // RFC 8996: the older ones must not be used
        };
        TlsCipherSuite[] ciphers = [.. tls.Strings("ciphers").Select(name => Suite(tls, name))];
        if (ciphers.Length > 0)
        {
            if (!OperatingSystem.IsLinux()) throw tls.Wrong("ciphers", "can be set on Linux alone: elsewhere the system decides");
            if (!allows12 && !ciphers.Any(IsOf13)) throw tls.Wrong("ciphers", "names none of TLS 1.3, and min-version allows nothing else");
        }
        var interval = tls.Duration("check-interval");
        if (interval < TimeSpan.FromSeconds(1)) throw tls.Wrong("check-interval", "must be 1s or more");
        return new()
        {
            Certificates = [.. certificates.Select(CertificateFileSettings.From)],
            SelfSigned = tls.Bool("self-signed"),
            // a version without a suite would make every handshake fail
            Protocols = (allows12 && !(ciphers.Length > 0 && ciphers.All(IsOf13)) ? SslProtocols.Tls12 : SslProtocols.None)
                | (ciphers.Length == 0 || ciphers.Any(IsOf13) ? SslProtocols.Tls13 : SslProtocols.None),
            Ciphers = ciphers,
            CheckInterval = interval,
            Acme = AcmeSettings.From(tls.Section("acme")),
        };
    }

    // RFC 9325 §4.2: forward secrecy and authenticated encryption, or not at all
    private static TlsCipherSuite Suite(ConfigSection tls, string name) =>
        Enum.TryParse<TlsCipherSuite>(name, out var suite) && (IsOf13(suite)
            || name.StartsWith("TLS_ECDHE_", StringComparison.Ordinal) && (name.Contains("_GCM_", StringComparison.Ordinal) || name.Contains("_CHACHA20_", StringComparison.Ordinal)) && !name.Contains("PSK", StringComparison.Ordinal))
            ? suite : throw tls.Wrong("ciphers", $"holds \"{name}\", which is not one of TLS 1.3, nor of TLS 1.2 with ECDHE and GCM or CHACHA20, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");

    private static bool IsOf13(TlsCipherSuite suite) => (int)suite >> 8 == 0x13; // RFC 8446 §B.4
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

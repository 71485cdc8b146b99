using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Mta.Config;
using Mta.Mail;
using Mta.Spool;

namespace Mta.Smtp;

/// <summary>What all connections share.</summary>
public sealed record SmtpServerContext
{
    public required SmtpSettings Settings { get; init; }
    public required ISpool Spool { get; init; }

    /// <summary>Partitions of the queue; a message goes to the one with its id modulo this.</summary>
    public required int Partitions { get; init; }
    public required MessageIdSource Ids { get; init; }
    public required IRelayPolicy Policy { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }

    /// <summary>Null where STARTTLS is not offered.</summary>
    public required SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// The certificate of the settings with its chain, or null where there is none. Throws when the files cannot be read or do not
    /// belong together.
    /// </summary>
    public static SslServerAuthenticationOptions? LoadTls(SmtpSettings settings)
    {
        if (settings.Certificate is not { } certificate) return null;
        try
        {
            using var leaf = X509Certificate2.CreateFromPemFile(certificate, settings.CertificateKey);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            return new()
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(new X509Certificate2(leaf), chain, offline: true),
                ClientCertificateRequired = false,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ConfigException("mta.smtp.tls.certificate", $"and key cannot be used: {e.Message}");
        }
    }
}

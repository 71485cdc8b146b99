using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mta.Config;
using Mta.Protocol.Addresses;

namespace Mta.Tls.Acme;

/// <summary>How we prove that a name is ours.</summary>
public enum AcmeChallengeKind : byte { Http01, TlsAlpn01 }

/// <summary>The kind of key that a certificate is ordered for.</summary>
public enum AcmeKeyKind : byte { EcdsaP256, EcdsaP384, Rsa2048, Rsa3072, Rsa4096 }

/// <summary><c>mta.tls.acme</c>: certificates that are ordered (RFC 8555).</summary>
public sealed record AcmeSettings
{
    private const int MaxHosts = 100;

    /// <summary>Each gets a certificate of its own, so that one that fails holds up no other.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }
    public required Uri Directory { get; init; }

    /// <summary>URLs, such as <c>mailto:postmaster@example.com</c>.</summary>
    public required IReadOnlyList<string> Contact { get; init; }
    public required AcmeChallengeKind Challenge { get; init; }

    /// <summary>Where the challenge is answered.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Whom the directory's own certificate must come from; null: those that the system trusts.</summary>
    public required X509Certificate2Collection? Roots { get; init; }
    public required TimeSpan RenewBefore { get; init; }
    public required AcmeKeyKind KeyKind { get; init; }
    public required ExternalAccount? ExternalAccount { get; init; }
    public required TimeSpan MinBackOff { get; init; }
    public required TimeSpan MaxBackOff { get; init; }

    /// <summary>Null where no hosts are named.</summary>
    public static AcmeSettings? From(ConfigSection acme)
    {
        if (acme.Strings("hosts") is not { Count: > 0 } hosts) return null;
        if (hosts.Count > MaxHosts) throw acme.Wrong("hosts", $"holds {hosts.Count} names, more than {MaxHosts}");
        if (!acme.Bool("agree-to-terms")) throw acme.Wrong("agree-to-terms", "must be set: the authority issues nothing without it (RFC 8555 §7.3)");
        if (!Uri.TryCreate(acme.String("directory"), UriKind.Absolute, out var directory) || directory.Scheme != Uri.UriSchemeHttps)
            throw acme.Wrong("directory", "must be an https URL"); // RFC 8555 §6.1
        var challenge = acme.Enum<AcmeChallengeKind>("challenge");
        var (listener, backOff) = (acme.Section(challenge == AcmeChallengeKind.Http01 ? "http" : "tls-alpn"), acme.Section("back-off"));
        var (min, max) = (backOff.Duration("min"), backOff.Duration("max"));
        if (min < TimeSpan.FromSeconds(1) || max < min) throw backOff.Wrong("min", "must be 1s or more, and not more than max");
        return new()
        {
            Hosts = [.. hosts.Select(host => Host(acme, host)).Distinct()],
            Directory = directory,
            Contact = [.. acme.Strings("contact").Select(c => c.Contains(':', StringComparison.Ordinal) ? c : "mailto:" + c)],
            Challenge = challenge,
            Listen = new(listener.Address("address") ?? IPAddress.IPv6Any, listener.Int("port", 0, 65535)),
            Roots = ReadRoots(acme),
            RenewBefore = acme.Duration("renew-before"),
            KeyKind = acme.Enum<AcmeKeyKind>("key-type"),
            ExternalAccount = ExternalAccount.From(acme.Section("external-account")),
            MinBackOff = min,
            MaxBackOff = max,
        };
    }

    private static string Host(ConfigSection acme, string host) =>
        host.StartsWith("*.", StringComparison.Ordinal) ? throw acme.Wrong("hosts", $"holds \"{host}\": names with a wildcard can be proven by DNS alone, which we do not do")
        : DomainName.Normalize(host) is { } name && name[0] != '[' ? name : throw acme.Wrong("hosts", $"holds \"{host}\", which is no host name");

    private static X509Certificate2Collection? ReadRoots(ConfigSection acme)
    {
        if (acme.OptionalString("ca-file") is not { } path) return null;
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            return roots.Count > 0 ? roots : throw acme.Wrong("ca-file", $"names {path}, which holds no PEM certificate");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw acme.Wrong("ca-file", $"cannot be used: {e.Message}");
        }
    }
}

/// <summary>An account that we have with the authority by other means (RFC 8555 §7.3.4).</summary>
/// <param name="MacKey">A secret.</param>
public sealed record ExternalAccount(string KeyId, byte[] MacKey)
{
    internal static ExternalAccount? From(ConfigSection section)
    {
        var (id, key, file) = (section.OptionalString("key-id"), section.OptionalString("mac-key"), section.OptionalString("mac-key-file"));
        if (id is null) return key is null && file is null ? null : throw section.Wrong("key-id", "is missing: it goes with the mac-key");
        string name = file is null ? "mac-key" : "mac-key-file";
        if ((key is null) == (file is null)) throw section.Wrong("mac-key", "or mac-key-file goes with the key-id");
        try
        {
            return new(id, Base64Url.DecodeFromChars((key ?? File.ReadLines(file!).FirstOrDefault() ?? "").AsSpan().Trim()) is { Length: > 0 } octets ? octets : throw section.Wrong(name, "is empty"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw section.Wrong(name, $"cannot be read: {e.Message}");
        }
        catch (FormatException)
        {
            throw section.Wrong(name, "must be base64url, as the authority gave it");
        }
    }

    /// <summary>Without the key.</summary>
    public override string ToString() => KeyId;
}

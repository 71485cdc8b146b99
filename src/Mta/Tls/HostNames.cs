using System.Security.Cryptography.X509Certificates;
using Mta.Protocol.Addresses;

namespace Mta.Tls;

/// <summary>Which names a certificate is for.</summary>
internal static class HostNames
{
    private const int MaxLength = 253, MaxNames = 1000;

    /// <summary>
    /// The names in the certificate's subjectAltName, in lower case; the common name does not count (RFC 9525 §2). Of a certificate with more than a
    /// thousand the rest is left out.
    /// </summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames()).Where(IsUsable).Select(Lower).Distinct().Take(MaxNames)];

    /// <summary>What a certificate for all hosts next to <paramref name="host"/> would name: <c>*.example.com</c>. Null where there is no such name.</summary>
    public static string? Wildcard(string host)
    {
        // RFC 9525 §6.3: it stands for one whole label, the first
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? string.Concat("*", host.AsSpan(dot)) : null;
    }

    /// <summary>A name that a client sent (RFC 6066 §3), to be looked up; the runtime may have put it in Unicode. Null where it is none.</summary>
    public static string? Normalize(string? sent) => sent is { Length: > 0 and <= MaxLength } ? DomainName.Normalize(sent) : null;

    private static string Lower(string name) => name.ToLowerInvariant().TrimEnd('.');

    // RFC 9525 §6.3: a wildcard elsewhere than in place of the first label matches nothing, so it is nobody's name
    private static bool IsUsable(string name) => name.Length is > 0 and <= MaxLength && name.LastIndexOf('*') is -1 or 0 && (name[0] != '*' || name.StartsWith("*.", StringComparison.Ordinal));
}

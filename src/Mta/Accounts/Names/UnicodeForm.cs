using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using ADRaffy.ENSNormalize;
using Mta.Protocol.Addresses;

namespace Mta.Accounts.Names;

/// <summary>
/// Unicode normalization form C. Without ICU (<c>InvariantGlobalization</c>) <see cref="string.Normalize()"/> returns what it was given and
/// <see cref="string.IsNormalized()"/> is always true, so that "é" typed on two systems would be two names and two passwords.
/// </summary>
internal static class UnicodeForm
{
    /// <param name="text">Well-formed UTF-16.</param>
    public static string Nfc(string text) => Ascii.IsValid(text) ? text : ENSNormalize.NF.NFC(text);

    /// <summary>Domains, which a library reads that knows no other, get it too.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "It must hold before any address is read, by whichever part of the program comes first.")]
    internal static void Offer() => DomainName.ToNfc = Nfc;
}

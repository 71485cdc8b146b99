using System.Security.Cryptography;
using System.Text;

namespace Mta.Accounts.Names;

/// <summary>The names to sign in with: main addresses, or the local part of one in the default domain.</summary>
internal static class SignInName
{
    /// <summary>The address's key; null for what cannot be one.</summary>
    public static string? Key(string name, string? defaultDomain)
    {
        string address = name.Contains('@', StringComparison.Ordinal) || defaultDomain is null ? name : $"{name}@{defaultDomain}";
        return AddressText.TryParse(address) is { } path ? AddressKey.Of(path) : null;
    }

    /// <summary>What to count failures of a name under that cannot exist, however long it is.</summary>
    public static string Short(string name) => "?" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)), 0, 16);
}

using Mta.Accounts.Admin;

namespace Mta.Server.Commands;

/// <summary>
/// The account that <c>mta</c> alone makes at its first start, so that there is something to try. Its password is known to all: it is never made with a
/// configuration of the operator's own, and without one all listeners are on loopback.
/// </summary>
internal static class DemoAccount
{
    public const string Domain = "mta.localhost", Address = "demo@" + Domain, Password = "demodemo";

    /// <summary>Nothing where there is a domain already. Throws <see cref="IOException"/> when the database cannot be used.</summary>
    public static async Task EnsureAsync(DirectoryAdmin accounts)
    {
        if ((await accounts.Domains.ListAsync(null, 1, CancellationToken.None)).Total > 0) return;
        await accounts.Domains.AddAsync(Domain, null, CancellationToken.None);
        await accounts.Accounts.AddAsync(Address, Password, quota: 0, messagesPerHour: 0, CancellationToken.None);
        await accounts.Aliases.AddAsync("postmaster@" + Domain, [Address], CancellationToken.None);
    }
}

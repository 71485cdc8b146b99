using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using LinqToDB;
using LinqToDB.Data;

namespace Mta.Accounts.Store;

/// <summary>An account with all that a sign-in and a sender need.</summary>
/// <param name="Password">Null where there is none: app passwords and tokens alone.</param>
/// <param name="AppPasswords">Hash to name.</param>
/// <param name="SenderRights">Keys of addresses, or <c>*@domain</c>.</param>
/// <param name="Networks">When it was last signed in to from there. Grows while the record is in use.</param>
internal sealed record AccountRecord(
    Account Account, bool CanSignIn, bool TakesMail, string? Password, string? Scram, ImmutableDictionary<string, AppPasswordRow> AppPasswords,
    ImmutableHashSet<string> SenderRights, ConcurrentDictionary<IPAddress, DateTimeOffset> Networks)
{
    /// <summary>The account with this main address, or null.</summary>
    /// <param name="key">See <see cref="Names.AddressKey"/>.</param>
    public static AccountRecord? Find(DataConnection db, string key)
    {
        var row = (from address in db.GetTable<AddressRow>()
                   join account in db.GetTable<AccountRow>() on address.AccountId equals account.Id
                   where address.Address == key
                   select account).FirstOrDefault();
        if (row is null) return null;
        var networks = new ConcurrentDictionary<IPAddress, DateTimeOffset>();
        foreach (var seen in db.GetTable<KnownNetworkRow>().Where(n => n.AccountId == row.Id))
            if (IPAddress.TryParse(seen.Network, out var network)) networks[network] = DateTimeOffset.FromUnixTimeMilliseconds(seen.SeenAt);
        return new(
            new(row.Id, key, row.Quota, row.MessagesPerHour), row.CanSignIn, row.TakesMail, row.Password, row.Scram,
            db.GetTable<AppPasswordRow>().Where(p => p.AccountId == row.Id).AsEnumerable().ToImmutableDictionary(p => p.Hash, StringComparer.Ordinal),
            [.. db.GetTable<SenderRightRow>().Where(r => r.AccountId == row.Id).Select(r => r.Address)],
            networks);
    }
}

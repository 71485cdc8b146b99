using LinqToDB;
using Mta.Accounts.Names;
using Mta.Accounts.Store;

namespace Mta.Accounts.Admin;

/// <summary>Addresses that an account may send under beside those that lead to it: each <c>user@domain</c>, or <c>*@domain</c> for a whole domain.</summary>
public sealed class SenderRightAdmin
{
    private const int MaxCount = 1000;
    private readonly DirectoryStore _store;

    internal SenderRightAdmin(DirectoryStore store) => _store = store;

    public async Task<IReadOnlyList<string>> ListAsync(string address, CancellationToken cancel)
    {
        string key = AddressText.ParseOurs(address);
        return await _store.ReadAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            return db.GetTable<SenderRightRow>().Where(r => r.AccountId == id).OrderBy(r => r.Address).Select(r => r.Address).ToArray();
        }, null, cancel).ConfigureAwait(false) ?? throw DirectoryException.NotFound($"there is no account {key}");
    }

    /// <summary>Granting what is granted already changes nothing.</summary>
    public async Task GrantAsync(string address, string? right, CancellationToken cancel)
    {
        var (key, granted) = (AddressText.ParseOurs(address), Parse(right));
        await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            var there = db.GetTable<SenderRightRow>().Where(r => r.AccountId == id);
            if (there.Any(r => r.Address == granted)) return 0;
            if (there.Count() >= MaxCount) throw DirectoryException.Invalid($"an account has at most {MaxCount} addresses granted");
            return db.Insert(new SenderRightRow { AccountId = id, Address = granted });
        }, cancel).ConfigureAwait(false);
    }

    public async Task RevokeAsync(string address, string? right, CancellationToken cancel)
    {
        var (key, granted) = (AddressText.ParseOurs(address), Parse(right));
        await _store.ChangeAsync(db =>
        {
            long id = Rows.AccountId(db, key);
            return db.GetTable<SenderRightRow>().Where(r => r.AccountId == id && r.Address == granted).Delete() > 0
                ? true : throw DirectoryException.NotFound($"{key} was not granted {granted}");
        }, cancel).ConfigureAwait(false);
    }

    private static string Parse(string? right) => right?.StartsWith("*@", StringComparison.Ordinal) == true
        ? "*@" + AddressText.ParseDomain(right[2..])
        : AddressKey.Of(AddressText.Parse(right));
}

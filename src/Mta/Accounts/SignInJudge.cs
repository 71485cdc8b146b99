using System.Net;
using LinqToDB;
using Microsoft.Extensions.Logging;
using Mta.Accounts.Guessing;
using Mta.Accounts.Passwords;
using Mta.Accounts.Store;

namespace Mta.Accounts;

/// <summary>Judges who wants to sign in, and remembers what that says about who is guessing.</summary>
internal sealed class SignInJudge(DirectoryStore store, PasswordHasher hasher, ILogger log)
{
    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(1);
    private const int MaxNetworks = 32;
    private readonly GuessSettings _settings = store.Settings.Guessing;
    // a node where nobody signs in keeps no tables for it
    private readonly Lazy<GuessGuard> _guard = new(() => new(store.Settings.Guessing, store.Clock));

    /// <param name="name">Normalized; of a name that cannot exist whatever was given.</param>
    /// <param name="record">Null where there is no such account: then all is done as if there were.</param>
    public async Task<SignIn> PasswordAsync(string name, AccountRecord? record, string password, IPAddress address, CancellationToken cancel)
    {
        var client = Who(name, record, address);
        if (_guard.Value.LockedFor(client) is { Ticks: > 0 } locked) return Ended(new SignIn.Locked(locked), record, client);
        // both are tried whether or not there is anything to compare with
        var app = AppPassword.Hash(password) is { } hash ? record?.AppPasswords.GetValueOrDefault(hash) : null;
        if (app is not null) return await AcceptAsync(record!, client, password, app, cancel).ConfigureAwait(false);

        string? prepared = PasswordText.Prepare(password);
        bool right;
        using (var place = await hasher.Gate.EnterAsync(client.IsKnown, cancel).ConfigureAwait(false))
        {
            if (place is null) return Ended(SignIn.Busy.Instance, record, client);
            // many may have come at once, and waited here while the first of them failed
            if (_guard.Value.LockedFor(client) is { Ticks: > 0 } meanwhile) return Ended(new SignIn.Locked(meanwhile), record, client);
            right = await hasher.IsRightAsync(prepared, record?.Password).ConfigureAwait(false);
            if (right && hasher.IsOutdated(record!.Password!, record.Scram)) await HashAgainAsync(record, prepared!).ConfigureAwait(false);
            // counted while the place is held: the next in line must see it
            if (!right) _guard.Value.Failed(client, password);
        }
        return right ? await AcceptAsync(record!, client, password, null, cancel).ConfigureAwait(false) : await RefuseAsync(record, client, cancel).ConfigureAwait(false);
    }

    /// <summary>Another has checked the proof.</summary>
    public async Task<SignIn> ProvenAsync(string name, AccountRecord? record, bool proven, IPAddress address, CancellationToken cancel)
    {
        var client = Who(name, record, address);
        if (_guard.Value.LockedFor(client) is { Ticks: > 0 } locked) return Ended(new SignIn.Locked(locked), record, client);
        if (proven && record is not null) return await AcceptAsync(record, client, null, null, cancel).ConfigureAwait(false);
        _guard.Value.Failed(client, null);
        return await RefuseAsync(record, client, cancel).ConfigureAwait(false);
    }

    private GuessGuard.Client Who(string name, AccountRecord? record, IPAddress address)
    {
        var network = Network.Of(address);
        bool known = record is not null && record.Networks.TryGetValue(network, out var seen) && store.Clock.GetUtcNow() - seen < _settings.KnownFor;
        return new(name, network, known);
    }

    private async Task<SignIn> AcceptAsync(AccountRecord record, GuessGuard.Client client, string? password, AppPasswordRow? app, CancellationToken cancel)
    {
        if (!record.CanSignIn)
        {
            _guard.Value.Failed(client, password);
            return await RefuseAsync(record, client, cancel).ConfigureAwait(false);
        }
        var now = store.Clock.GetUtcNow();
        await NoteNetworkAsync(record, client.Network, now).ConfigureAwait(false);
        if (app is not null) await NoteUseAsync(app, now).ConfigureAwait(false);
        return Ended(new SignIn.Accepted(record.Account), record, client);
    }

    private async Task<SignIn> RefuseAsync(AccountRecord? record, GuessGuard.Client client, CancellationToken cancel)
    {
        if (_settings.FailureDelay > TimeSpan.Zero) await Task.Delay(_settings.FailureDelay, store.Clock, cancel).ConfigureAwait(false);
        return Ended(SignIn.Refused.Instance, record, client);
    }

    private SignIn Ended(SignIn result, AccountRecord? record, GuessGuard.Client client)
    {
        AccountsMetrics.Judged(result);
        // a name that does not exist is not written down: now and then it is a password in the wrong field
        if (result is not SignIn.Accepted)
            log.LogInformation("sign-in result={Result} account={Account} client={Client}", AccountsMetrics.Name(result), record?.Account.Address ?? "unknown", client.Network);
        return result;
    }

    private async Task HashAgainAsync(AccountRecord record, string prepared)
    {
        var hashed = await hasher.HashAsync(prepared).ConfigureAwait(false);
        // only where it is still the same password
        await store.NoteAsync(db => db.GetTable<AccountRow>().Where(a => a.Id == record.Account.Id && a.Password == record.Password)
            .Set(a => a.Password, hashed.Password).Set(a => a.Scram, hashed.Scram).Update()).ConfigureAwait(false);
        // nobody else need forget what he knows: what was kept before opens with the same password
        store.Forget(record);
    }

    private async Task NoteNetworkAsync(AccountRecord record, IPAddress network, DateTimeOffset now)
    {
        var networks = record.Networks;
        bool isNew = !networks.TryGetValue(network, out var seen);
        // now and then is often enough for it to stay known
        if (!isNew && now - seen < _settings.KnownFor / 8) return;
        networks[network] = now;
        string? dropped = null;
        if (networks.Count > MaxNetworks && networks.MinBy(n => n.Value).Key is { } oldest && networks.TryRemove(oldest, out _)) dropped = oldest.ToString();
        var (id, text, at) = (record.Account.Id, network.ToString(), now.ToUnixTimeMilliseconds());
        await store.NoteAsync(db =>
        {
            if (!db.GetTable<AccountRow>().Any(a => a.Id == id)) return;
            if (db.GetTable<KnownNetworkRow>().Where(n => n.AccountId == id && n.Network == text).Set(n => n.SeenAt, at).Update() == 0)
                db.Insert(new KnownNetworkRow { AccountId = id, Network = text, SeenAt = at });
            if (dropped is not null) db.GetTable<KnownNetworkRow>().Where(n => n.AccountId == id && n.Network == dropped).Delete();
        }).ConfigureAwait(false);
    }

    private Task NoteUseAsync(AppPasswordRow app, DateTimeOffset now)
    {
        var (last, at) = (now - UseNoted, now.ToUnixTimeMilliseconds());
        long before = last.ToUnixTimeMilliseconds();
        if (!app.Touch(at, before)) return Task.CompletedTask;
        return store.NoteAsync(db => db.GetTable<AppPasswordRow>()
            .Where(p => p.AccountId == app.AccountId && p.Name == app.Name && p.Hash == app.Hash).Set(p => p.LastUsedAt, at).Update());
    }
}

using System.Data;
using System.Globalization;
using Mta.Accounts;
using Mta.Accounts.Admin;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>
/// Checks that what is kept twice in the store agrees, and that every message is still what it was, while the store is in use. It is done in parts: each reads
/// the store as it was at one moment, and keeps no writer waiting; each repair is a small change among those of everybody else. One part at a time.
/// </summary>
public sealed class StoreCheck(MailboxClient mailboxes, AccountAdmin accounts)
{
    private enum Stage
    {
        Accounts,
        Emails,
        Bodies,
        File,
    }

    private const int Together = 50;

    private readonly SemaphoreSlim _one = new(1);

    private MailStore Store => mailboxes.Store;

    /// <summary>The next part. Throws <see cref="DirectoryException"/> where the account or the place is none, <see cref="IOException"/> where the disk fails.</summary>
    /// <param name="account">Only this one, without the file; null: all.</param>
    /// <param name="after"><see cref="StoreCheckPage.Next"/> of the part before; null: from the beginning.</param>
    public async Task<StoreCheckPage> RunAsync(string? account, string? after, bool repair, CancellationToken cancel)
    {
        var (stage, last) = Place(after);
        long? only = account is null ? null : (await accounts.ShowAsync(account, cancel).ConfigureAwait(false)).Id;
        // counters are repaired by what they are wrong by: two who do that would be one too many
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var part = await ReadAsync(stage, last, only, cancel).ConfigureAwait(false);
            var names = (await accounts.FindAsync([.. part.Problems.Select(p => p.AccountId).OfType<long>().Distinct()], cancel).ConfigureAwait(false)).Addresses;
            var findings = new List<StoreFinding>();
            // an account's are repaired in their order; of the others some are made durable together, and no delivery has to wait for more
            foreach (var some in part.Problems.Chunk(stage == Stage.Accounts ? 1 : Together))
            {
                cancel.ThrowIfCancellationRequested();
                findings.AddRange(await Task.WhenAll(some.Select(p => p.EndAsync(repair, names))).ConfigureAwait(false));
            }
            return new(Name(stage), part.Last ?? part.Total, part.Total, findings, Next(stage, part.Last, only));
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<CheckedPart> ReadAsync(Stage stage, long last, long? only, CancellationToken cancel)
    {
        if (stage != Stage.Accounts)
            return await Read(sql => stage switch
            {
                Stage.Emails => new EmailCheck(Store, sql).Run(last, only),
                Stage.Bodies => new BodyCheck(Store, sql).Run(last, only),
                _ => FileCheck.Run(sql, last),
            }, cancel).ConfigureAwait(false);
        // the mailboxes first: who has some was known to the directory before
        var ids = await Read(sql => AccountList.After(sql, last, only), cancel).ConfigureAwait(false);
        var known = await accounts.FindAsync(ids, cancel).ConfigureAwait(false);
        return await Read(sql => AccountList.Check(mailboxes, sql, ids, known), cancel).ConfigureAwait(false);
    }

    private Task<T> Read<T>(Func<MailboxConnection, T> read, CancellationToken cancel) => Task.Run(() =>
    {
        try
        {
            var sql = Store.Database.Connect();
            try
            {
                T result;
                // a deferred one, as the readers have: it keeps nobody waiting, and all queries see the same state
                using (sql.Db.BeginTransaction(IsolationLevel.ReadUncommitted)) result = read(sql);
                Store.Database.Return(sql);
                return result;
            }
            catch
            {
                sql.Dispose();
                throw;
            }
        }
        catch (Exception e) when (MailboxDatabase.IsOurs(e))
        {
            throw MailboxDatabase.Failure(e);
        }
    }, cancel);

    private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();

    private static string? Next(Stage stage, long? last, long? only)
    {
        if (last is { } number) return string.Create(CultureInfo.InvariantCulture, $"{Name(stage)}/{number}");
        return stage < (only is null ? Stage.File : Stage.Bodies) ? Name(stage + 1) + "/0" : null;
    }

    private static (Stage Stage, long Last) Place(string? after)
    {
        if (after is null) return default;
        if (after.Split('/') is [var name, var number] && Enum.TryParse<Stage>(name, ignoreCase: true, out var stage) && Enum.IsDefined(stage)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long last)) return (stage, last);
        throw DirectoryException.Invalid($"{after} is no place in the check");
    }
}

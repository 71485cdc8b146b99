using System.Globalization;
using LinqToDB;
using Mta.Mailbox.Changes;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>An account and its mailboxes: what is counted of them, and their highest numbers.</summary>
internal sealed class AccountCheck(MailboxClient mailboxes, MailboxConnection sql, long id)
{
    /// <summary>Messages in one change.</summary>
    private const int Batch = 200;

    /// <summary>That were looked at.</summary>
    public long Messages { get; private set; }

    public List<StoreProblem> Run()
    {
        var problems = new List<StoreProblem>();
        var rows = sql.Db.GetTable<MailboxRow>().Where(m => m.AccountId == id).OrderBy(m => m.Id).ToList();
        var account = sql.Db.GetTable<AccountRow>().FirstOrDefault(a => a.Id == id);
        if (account is null && rows.Count == 0) return problems;
        var checks = rows.Select(row => new MailboxCheck(mailboxes, sql, row)).ToList();
        foreach (var check in checks) check.Read();
        Messages = checks.Sum(c => c.Messages);
        CheckRow(problems, account, rows, checks);
        foreach (var check in checks) problems.AddRange(check.Problems());
        CheckCounters(problems, account, checks.Sum(c => c.Octets));
        return problems;
    }

    /// <summary>Of one that the directory does not know.</summary>
    /// <param name="wasRemoved">It did once.</param>
    public List<StoreProblem> RunGone(bool wasRemoved)
    {
        var names = sql.Db.GetTable<MailboxRow>().Where(m => m.AccountId == id).Select(m => new { m.Id, m.Messages }).ToList();
        bool hasRest = names.Count > 0 || sql.Db.GetTable<SubscriptionRow>().Any(s => s.AccountId == id) || sql.Db.GetTable<ThreadIdRow>().Any(t => t.AccountId == id)
            || sql.Db.GetTable<DeliveryRow>().Any(d => d.AccountId == id);
        if (!hasRest) return [];
        string what = string.Create(CultureInfo.InvariantCulture, $"{names.Count} mailboxes with {names.Sum(n => n.Messages)} messages are left of an account that");
        return wasRemoved
            ? [new(new("accounts", what + " was removed"), id, () => RemoveAsync([.. names.Select(n => n.Id)]))]
            // a directory that was lost must not take the mail along
            : [new(new("accounts", what + " the directory never had: is accounts.db that of this data folder? Nothing of it is touched"), id, null)];
    }

    private async Task RemoveAsync(IEnumerable<long> ids)
    {
        foreach (long mailbox in ids)
            while (await mailboxes.ChangeAsync(id, t => RemoveSome(t, mailbox)).ConfigureAwait(false)) { }
        await mailboxes.RemoveAccountAsync(id).ConfigureAwait(false);
    }

    private static bool RemoveSome(AccountTransaction transaction, long mailbox)
    {
        var uids = transaction.Db.GetTable<MessageRow>().Where(m => m.MailboxId == mailbox).OrderBy(m => m.Uid).Select(m => m.Uid).Take(Batch).ToList();
        if (uids.Count > 0) ExpungeMessages.Run(transaction, mailbox, UidRun.Of(uids.Select(uid => (uint)uid)), deletedOnly: false);
        return uids.Count == Batch;
    }

    private void CheckRow(List<StoreProblem> problems, AccountRow? account, List<MailboxRow> rows, List<MailboxCheck> checks)
    {
        long modSeq = Math.Max(rows.Select(r => r.ModSeq).DefaultIfEmpty().Max(), checks.Select(c => c.ModSeq).DefaultIfEmpty().Max());
        long validity = rows.Select(r => r.UidValidity).DefaultIfEmpty().Max();
        if (account is null)
            problems.Add(new(new("accounts", "its row is missing"), id, () => StoreChange.PostAsync(mailboxes.Store, s =>
                s.Execute("INSERT INTO accounts (id, mod_seq, uid_validity, octets, messages) VALUES (@0, @1, @2, 0, 0)", id, modSeq, validity))));
        else if (account.ModSeq < modSeq || account.UidValidity < validity)
            problems.Add(new(new("accounts.mod_seq", string.Create(CultureInfo.InvariantCulture, $"mod-sequence {account.ModSeq} and UIDVALIDITY {account.UidValidity} are below those of its mailboxes, {modSeq} and {validity}")), id,
                () => StoreChange.PostAsync(mailboxes.Store, s =>
                {
                    s.Execute("UPDATE accounts SET mod_seq = @1 WHERE id = @0 AND mod_seq < @1", id, modSeq);
                    s.Execute("UPDATE accounts SET uid_validity = @1 WHERE id = @0 AND uid_validity < @1", id, validity);
                })));
    }

    // what the counters are wrong by stays the same whatever comes and goes meanwhile: nothing has to be counted in the change
    private void CheckCounters(List<StoreProblem> problems, AccountRow? account, long octets)
    {
        var (messages, moreOctets) = (Messages - (account?.Messages ?? 0), octets - (account?.Octets ?? 0));
        if (messages == 0 && moreOctets == 0) return;
        problems.Add(new(new("accounts.octets", string.Create(CultureInfo.InvariantCulture, $"{account?.Messages ?? 0} messages with {account?.Octets ?? 0} octets are counted, {Messages} with {octets} are there")), id,
            () => mailboxes.ChangeAsync(id, t =>
            {
                t.Count(messages, moreOctets);
                return true;
            })));
    }
}

using System.Globalization;
using LinqToDB;
using Mta.Mailbox.Changes;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Verify;

/// <summary>A mailbox with its messages, read once.</summary>
internal sealed class MailboxCheck(MailboxClient mailboxes, MailboxConnection sql, MailboxRow row)
{
    /// <summary>Messages in one change.</summary>
    private const int Batch = 200;

    private readonly List<uint> _uids = [], _strange = [], _lost = [], _misplaced = [];
    private IReadOnlyList<KeywordRow> _keywords = [];
    private List<UidRun> _runs = [], _surplus = [];
    private long _unseen, _deleted, _lastUid;
    private bool _runsAreBroken;

    public long Messages => _uids.Count;
    public long Octets { get; private set; }

    /// <summary>The highest that anything in it has.</summary>
    public long ModSeq { get; private set; }

    public void Read()
    {
        _keywords = [.. sql.Db.GetTable<KeywordRow>().Where(k => k.MailboxId == row.Id).OrderBy(k => k.Bit)];
        long known = (long)MailFlags.System;
        foreach (var keyword in _keywords) known |= 1L << keyword.Bit;
        using (var messages = sql.Query("SELECT m.uid, m.mod_seq, m.flags, m.size, e.id FROM messages m LEFT JOIN emails e ON e.id = m.email_id WHERE m.mailbox_id = @0 ORDER BY m.uid", row.Id))
            while (messages.Read())
            {
                uint uid = (uint)messages.GetInt64(0);
                var flags = (MailFlags)messages.GetInt64(2);
                _uids.Add(uid);
                ModSeq = Math.Max(ModSeq, messages.GetInt64(1));
                Octets += messages.GetInt64(3);
                if ((flags & MailFlags.Seen) == 0) _unseen++;
                if ((flags & MailFlags.Deleted) != 0) _deleted++;
                if (((long)flags & ~known) != 0) _strange.Add(uid);
                if (messages.IsDBNull(4)) _lost.Add(uid);
            }
        ReadRuns();
        ReadExpunged();
    }

    public IEnumerable<StoreProblem> Problems()
    {
        if (_lastUid >= row.UidNext)
            yield return Problem("mailboxes.uid_next", $"the next UID is {row.UidNext}, and {_lastUid} was given already", t =>
            {
                var mailbox = t.Mailbox(row.Id);
                t.Update(mailbox with { UidNext = Math.Max(mailbox.UidNext, _lastUid + 1) });
            });
        if (ModSeq > row.ModSeq) yield return Problem("mailboxes.mod_seq", $"the mod-sequence is {row.ModSeq}, and a message has {ModSeq}", t => t.Update(t.Mailbox(row.Id)));
        if (_keywords.Count > 0 && _keywords[^1].Bit - Keywords.FirstBit >= _keywords.Count)
            yield return Problem("keywords.bit", "a keyword between others is missing: it gets the name $Lost and a number", t => FillKeywords(t, row.Id));
        if (_strange.Count > 0)
            yield return Problem("messages.flags", $"{_strange.Count} messages have flags that are no keyword of the mailbox, {Some(_strange)}", _strange, (t, uids) => ClearFlags(t, row.Id, uids));
        foreach (uint uid in _lost)
            yield return new(new("messages.email_id", "what it holds is not there any more: restore it from a backup or a mail program's copy, then delete this one", null, row.Name, uid), row.AccountId, null);
        if (_runsAreBroken) yield return Problem("uid_runs", "its runs of UIDs cannot be read", t => UidRunRepair.Rewrite(t, row.Id));
        if (_surplus.Count > 0)
            yield return Problem("uid_runs", $"{_surplus.Sum(r => r.Count)} messages are listed that are not there, {Some(_surplus)}", t => UidRunRepair.Remove(t, row.Id, _surplus));
        if (_misplaced.Count > 0)
            yield return Problem("uid_runs", $"{_misplaced.Count} messages are not listed, or as expunged, and get new UIDs, {Some(_misplaced)}", _misplaced,
                (t, uids) => CopyMessages.Run(t, row.Id, UidRun.Of(uids), t.Mailbox(row.Id).Name, move: true, quota: 0, MailFlags.Any));
        var (messages, unseen, deleted, octets) = (Messages - row.Messages, _unseen - row.Unseen, _deleted - row.Deleted, Octets - row.Octets);
        // by what they are wrong by: that stays the same whatever comes and goes meanwhile, and nothing has to be counted in the change
        if (messages != 0 || unseen != 0 || deleted != 0 || octets != 0)
            yield return Problem("mailboxes.messages",
                $"{row.Messages} messages, {row.Unseen} unseen, {row.Deleted} deleted, {row.Octets} octets are counted; {Messages}, {_unseen}, {_deleted}, {Octets} are there", t =>
                {
                    var mailbox = t.Mailbox(row.Id);
                    t.Update(mailbox with { Messages = mailbox.Messages + messages, Unseen = mailbox.Unseen + unseen, Deleted = mailbox.Deleted + deleted, Octets = mailbox.Octets + octets });
                });
    }

    private void ReadRuns()
    {
        var rows = sql.Db.GetTable<UidRunRow>().Where(r => r.MailboxId == row.Id).OrderBy(r => r.FirstUid).ToList();
        long last = 0, count = 0;
        foreach (var run in rows)
        {
            _runsAreBroken |= run.FirstUid <= last || run.LastUid < run.FirstUid || run.LastUid > uint.MaxValue;
            (last, count) = (run.LastUid, count + run.LastUid - run.FirstUid + 1);
        }
        _lastUid = _uids.Count > 0 ? _uids[^1] : 0;
        if (_runsAreBroken |= count > int.MaxValue) return;
        _lastUid = Math.Max(_lastUid, last);
        _runs = [.. rows.Select(r => new UidRun((uint)r.FirstUid, (uint)r.LastUid))];
        var listed = new UidView(_runs);
        _misplaced.AddRange(_uids.Where(uid => listed.SequenceOf(uid) == 0));
        listed.Remove(UidRun.Of(_uids));
        _surplus = [.. listed.Runs];
    }

    private void ReadExpunged()
    {
        _lastUid = Math.Max(_lastUid, sql.Scalar("SELECT MAX(last_uid) FROM expunged WHERE mailbox_id = @0", row.Id));
        ModSeq = Math.Max(ModSeq, sql.Scalar("SELECT MAX(mod_seq) FROM expunged WHERE mailbox_id = @0", row.Id));
        using (var both = sql.Query("SELECT m.uid FROM expunged e JOIN messages m ON m.mailbox_id = e.mailbox_id AND m.uid >= e.first_uid AND m.uid <= e.last_uid WHERE e.mailbox_id = @0", row.Id))
            while (both.Read()) _misplaced.Add((uint)both.GetInt64(0));
        // one without content cannot be moved
        var moved = _misplaced.Distinct().Except(_lost).Order().ToList();
        _misplaced.Clear();
        _misplaced.AddRange(moved);
    }

    private static void FillKeywords(AccountTransaction transaction, long mailbox)
    {
        var bits = transaction.Db.GetTable<KeywordRow>().Where(k => k.MailboxId == mailbox).Select(k => k.Bit).ToHashSet();
        for (int bit = Keywords.FirstBit; bit < bits.Max(); bit++)
            if (!bits.Contains(bit)) transaction.Db.Insert(new KeywordRow { MailboxId = mailbox, Bit = bit, Name = string.Create(CultureInfo.InvariantCulture, $"$Lost{bit}") });
        transaction.Update(transaction.Mailbox(mailbox));
        transaction.Tell(new MailboxEvent.KeywordsAdded(mailbox, transaction.ModSeq, transaction.Keywords(mailbox)));
    }

    private static void ClearFlags(AccountTransaction transaction, long mailbox, IEnumerable<uint> uids)
    {
        long known = (1L << (Keywords.FirstBit + transaction.Keywords(mailbox).Names.Length)) - 1;
        var changed = new List<MessageFlags>();
        foreach (uint uid in uids)
        {
            if (transaction.Sql.Execute("UPDATE messages SET flags = flags & @2, mod_seq = @3 WHERE mailbox_id = @0 AND uid = @1 AND flags & @2 <> flags", mailbox, (long)uid, known, transaction.ModSeq) > 0)
                changed.Add(new(uid, (MailFlags)transaction.Sql.Scalar("SELECT flags FROM messages WHERE mailbox_id = @0 AND uid = @1", mailbox, (long)uid), transaction.ModSeq));
        }
        if (changed.Count == 0) return;
        transaction.Update(transaction.Mailbox(mailbox));
        transaction.Tell(new MailboxEvent.Flagged(mailbox, transaction.ModSeq, [.. changed]));
    }

    private StoreProblem Problem(string check, FormattableString what, Action<AccountTransaction> repair) =>
        new(new(check, what.ToString(CultureInfo.InvariantCulture), null, row.Name), row.AccountId, () => ChangeAsync(repair));

    private StoreProblem Problem(string check, string what, Action<AccountTransaction> repair) =>
        new(new(check, what, null, row.Name), row.AccountId, () => ChangeAsync(repair));

    private StoreProblem Problem(string check, FormattableString what, List<uint> uids, Action<AccountTransaction, uint[]> repair) =>
        new(new(check, what.ToString(CultureInfo.InvariantCulture), null, row.Name), row.AccountId, async () =>
        {
            foreach (uint[] some in uids.Chunk(Batch)) await ChangeAsync(t => repair(t, some)).ConfigureAwait(false);
        });

    private Task<bool> ChangeAsync(Action<AccountTransaction> change) => mailboxes.ChangeAsync(row.AccountId, t =>
    {
        change(t);
        return true;
    });

    private static string Some(List<uint> uids) => Some(UidRun.Of(uids));

    private static string Some(List<UidRun> runs) =>
        "UID " + string.Join(',', runs.Take(5).Select(r => r.Count == 1 ? r.First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{r.First}:{r.Last}")))
        + (runs.Count > 5 ? ", …" : "");
}

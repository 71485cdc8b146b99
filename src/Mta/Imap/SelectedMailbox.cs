using Mta.Accounts;
using Mta.Imap.Notifying;
using Mta.Mailbox;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap;

/// <summary>
/// The mailbox that a session has selected, as its client knows it, and what has happened since that the client has still to be told. What happened is known
/// at once and told at the right moments only (RFC 9051 §5.2).
/// </summary>
internal sealed class SelectedMailbox
{
    // what is to be told of flags; whether it hides a change before it that is not told yet
    private readonly SortedDictionary<uint, (MessageFlags Message, bool HidesOther)> _flagged = [];
    private readonly List<UidRun> _expunged = [];
    private UidView _arrived = new([]);
    private long _modSeq;
    private readonly ImapSession _session;
    private UidView _arrivedByOthers = new([]);
    private UidView _fresh = new([]);
    private bool _hasNewKeywords;
    private bool _hasOwn; // of what came and went something by this session

    /// <param name="mailbox">That was opened.</param>
    public SelectedMailbox(NamedMailbox mailbox, OpenedMailbox opened, bool isReadOnly, ImapSession session)
    {
        (Id, Name, View, Keywords, _modSeq, IsReadOnly) = (opened.Info.Id, opened.Info.Name, opened.Uids, opened.Keywords, opened.Info.ModSeq, isReadOnly);
        (Owner, Rights, UidValidity, _session) = (mailbox.Owner, mailbox.Rights, opened.Info.UidValidity, session);
    }

    public long Id { get; }

    /// <summary>The account that has it.</summary>
    public Account Owner { get; }

    /// <summary>What the session's account may do with it now.</summary>
    public MailboxRights Rights { get; private set; }

    /// <summary>In its owner's account.</summary>
    public string Name { get; private set; }
    public uint UidValidity { get; }

    /// <summary>It was opened by EXAMINE.</summary>
    public bool IsReadOnly { get; }

    /// <summary>RFC 4314 §5.2: nothing can be changed in it. All flags are shared here.</summary>
    public bool CannotChange => IsReadOnly || (Rights & (MailboxRights.Insert | MailboxRights.Expunge | MailboxRights.Seen | MailboxRights.Write | MailboxRights.DeleteMessages)) == 0;

    /// <summary>It was deleted, or may not be read any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>It may not be read any more: nothing more is told of it.</summary>
    public bool IsRevoked { get; private set; }

    /// <summary>The messages that the client knows of, those that are gone already among them.</summary>
    public UidView View { get; }

    public Keywords Keywords { get; private set; }

    /// <summary>The result of the last search that was kept, for "$" (RFC 5182); UIDs, ascending.</summary>
    public IReadOnlyList<UidRun> Saved { get; set; } = [];

    /// <summary>There is something to tell.</summary>
    public bool HasNews => _flagged.Count > 0 || (TellsMessages && _expunged.Count + _arrived.Count > 0) || _hasNewKeywords || IsGone;

    /// <summary>What the client wants to know of what others do (RFC 5465 §3.1).</summary>
    private ImapNotifyEvents Wanted => _session.Notify?.OfSelected ?? NotifyPlan.Messages;

    // where it must know of one it must know of all, as numbers would be wrong otherwise
    private bool TellsMessages => _hasOwn || Wanted.HasFlag(ImapNotifyEvents.MessageNew);

    /// <summary>Messages are gone, which the client must not be told with just any command.</summary>
    public bool HasExpunged => _expunged.Count > 0;

    /// <summary>The runs of UIDs that a set means: message numbers or UIDs.</summary>
    /// <returns>Null where it has a message number that there is not (RFC 9051 §9, seq-number).</returns>
    public List<UidRun>? Find(ImapSet set, bool uid)
    {
        var runs = new List<UidRun>();
        if (set.IsSaved)
        {
            foreach (var run in Saved) runs.AddRange(View.Within(run));
            return runs;
        }
        if (uid)
        {
            // RFC 9051 §6.4.9: UIDs that do not exist are passed over
            foreach (var (first, last) in set.Normalize(View.Last)) runs.AddRange(View.Within(new(first, last)));
            return runs;
        }
        uint count = (uint)View.Count;
        if (set.Largest > count || (set.HasStar && count == 0)) return null;
        foreach (var (first, last) in set.Normalize(count)) runs.AddRange(View.Within(new(View.UidAt((int)first), View.UidAt((int)last))));
        return runs;
    }

    /// <summary>Takes note of what happened.</summary>
    /// <param name="isOwn">By this session.</param>
    public void Take(MailboxEvent what, bool isOwn)
    {
        switch (what)
        {
            case MailboxEvent.Renamed renamed when renamed.MailboxId == Id:
                Name = renamed.To;
                return;
            case MailboxEvent.Deleted deleted when deleted.MailboxId == Id:
                IsGone = true;
                return;
            case MailboxEvent.AclChanged changed when changed.MailboxId == Id:
                TakeRights(changed.After.Of(_session.Account!.Id));
                return;
        }
        if (IsRevoked) return;
        // what was there when it was opened
        if (what is not MailboxEvent.OfMessages { MailboxId: var id } ofMessages || id != Id || ofMessages.ModSeq <= _modSeq && what is not MailboxEvent.KeywordsAdded) return;
        switch (what)
        {
            case MailboxEvent.Arrived arrived:
                _arrived.Add(arrived.Uids);
                _hasOwn |= isOwn;
                if (!isOwn) _arrivedByOthers.Add(arrived.Uids);
                break;
            case MailboxEvent.Flagged flagged:
                if (!isOwn && !Wanted.HasFlag(ImapNotifyEvents.FlagChange)) break;
                foreach (var message in flagged.Messages) _flagged[message.Uid] = (message, _flagged.ContainsKey(message.Uid));
                break;
            case MailboxEvent.Expunged expunged:
                // what the client has not been told of need not go
                _hasOwn |= isOwn;
                _arrived.Remove(expunged.Uids);
                _arrivedByOthers.Remove(expunged.Uids);
                foreach (var run in expunged.Uids) _expunged.AddRange(View.Within(run));
                break;
            case MailboxEvent.KeywordsAdded added:
                _hasNewKeywords |= Learn(added.Keywords);
                break;
        }
    }

    private void TakeRights(MailboxRights rights)
    {
        // RFC 4314 §5.1.1: which flags can be changed is told anew
        _hasNewKeywords |= rights.Flags() != Rights.Flags();
        Rights = rights;
        if (IsGone || rights.HasFlag(MailboxRights.Read)) return;
        IsGone = IsRevoked = true;
        _flagged.Clear();
        _expunged.Clear();
        (_arrived, _hasNewKeywords) = (new([]), false);
    }

    /// <summary>All keywords among these flags are known.</summary>
    public bool Knows(MailFlags flags) => (long)flags >> (Keywords.FirstBit + Keywords.Names.Length) == 0;

    /// <summary>True where there are keywords that were not known.</summary>
    public bool Learn(Keywords keywords)
    {
        // they are added, and never go
        if (keywords.Names.Length <= Keywords.Names.Length) return false;
        Keywords = keywords;
        return true;
    }

    /// <summary>A change of flags that the client knows of by the command that made it.</summary>
    /// <param name="silently">It was not told the flags, and so does not know what others changed before (RFC 9051 §6.4.6).</param>
    public void Told(long modSeq, bool silently)
    {
        if (modSeq == 0) return;
        foreach (uint uid in _flagged.Values.Where(f => f.Message.ModSeq == modSeq && !(silently && f.HidesOther)).Select(f => f.Message.Uid).ToArray()) _flagged.Remove(uid);
    }

    /// <summary>Tells what has happened.</summary>
    public void Announce(ImapResponseWriter writer, ImapSession session, bool hidesExpunged)
    {
        if (_hasNewKeywords) AnnounceKeywords(writer);
        bool tellsMessages = TellsMessages;
        if (tellsMessages && !hidesExpunged && _expunged.Count > 0) AnnounceExpunged(writer, session.QResync);
        if (tellsMessages && _arrived.Count > 0)
        {
            foreach (var run in _arrived.Runs) View.Add(run);
            if (_session.Notify?.Selected is { NewItems.Count: > 0 })
                foreach (var run in _arrivedByOthers.Runs) _fresh.Add(run);
            (_arrived, _arrivedByOthers) = (new([]), new([]));
            writer.Numbered((uint)View.Count, "EXISTS"u8);
        }
        foreach (var (message, _) in _flagged.Values)
        {
            int number = View.SequenceOf(message.Uid);
            if (number == 0) continue;
            writer.BeginFetch((uint)number);
            writer.FetchItem("UID"u8, isFirst: true);
            writer.Number(message.Uid);
            WriteFlags(writer, message.Flags, isFirst: false);
            if (session.CondStore) WriteModSeq(writer, message.ModSeq);
            writer.EndFetch();
        }
        _flagged.Clear();
        _hasOwn &= _expunged.Count > 0;
    }

    /// <summary>Messages by others that the client has been told of since this was asked last (RFC 5465 §5.2).</summary>
    public IReadOnlyList<UidRun> TakeFresh()
    {
        var fresh = _fresh.Runs;
        if (fresh.Count > 0) _fresh = new([]);
        return fresh;
    }

    /// <summary><c>FLAGS (…)</c>, an item of FETCH.</summary>
    public void WriteFlags(ImapResponseWriter writer, MailFlags flags, bool isFirst)
    {
        writer.FetchItem("FLAGS"u8, isFirst);
        var keywords = flags & ~MailFlags.System;
        writer.Flags(FlagNames.ToImap(flags), keywords == 0 ? [] : [.. Keywords.Of(keywords)]);
    }

    /// <summary><c>MODSEQ (…)</c>, an item of FETCH.</summary>
    public static void WriteModSeq(ImapResponseWriter writer, long modSeq, bool isFirst = false)
    {
        writer.FetchItem("MODSEQ"u8, isFirst);
        writer.Raw("("u8);
        writer.Number((ulong)modSeq);
        writer.Raw(")"u8);
    }

    /// <summary>FLAGS and PERMANENTFLAGS (RFC 9051 §7.3.5, §7.1).</summary>
    public void AnnounceKeywords(ImapResponseWriter writer)
    {
        _hasNewKeywords = false;
        writer.BeginLine("FLAGS"u8);
        writer.Space();
        writer.Flags(FlagNames.All, Keywords.Names);
        writer.EndLine();
        writer.Untagged(ImapStatus.Ok, new("PERMANENTFLAGS", $"({string.Join(' ', PermanentFlags())})"), "flags that are kept");
    }

    /// <summary>Those that the client can change (RFC 4314 §5.1.1).</summary>
    private IEnumerable<string> PermanentFlags()
    {
        if (IsReadOnly) return [];
        var may = Rights.Flags();
        var system = FlagNames.Of(may);
        if ((may & ~MailFlags.System) == 0) return system;
        return Keywords.Names.Length < Keywords.Max ? [.. system, .. Keywords.Names, @"\*"] : system.Concat(Keywords.Names);
    }

    private void AnnounceExpunged(ImapResponseWriter writer, bool asVanished)
    {
        var gone = View.Remove([.. _expunged.OrderBy(run => run.First)], out var numbers);
        _expunged.Clear();
        foreach (var run in gone)
            for (long uid = run.First; uid <= run.Last && _flagged.Count > 0; uid++) _flagged.Remove((uint)uid);
        Saved = Without(Saved, gone);
        if (asVanished)
        {
            writer.BeginLine("VANISHED"u8);
            writer.Space();
            writer.Set([.. gone.Select(run => new ImapRange(run.First, run.Last))]);
            writer.EndLine();
            return;
        }
        for (int i = 0; i < gone.Count; i++)
            for (long left = gone[i].Count; left > 0; left--) writer.Numbered((uint)numbers[i], "EXPUNGE"u8);
    }

    private static IReadOnlyList<UidRun> Without(IReadOnlyList<UidRun> runs, List<UidRun> gone)
    {
        if (runs.Count == 0) return runs;
        var view = new UidView(runs);
        view.Remove(gone);
        return view.Runs;
    }
}

using System.Globalization;
using Mta.Imap.Fetching;
using Mta.Mailbox;
using Mta.Mailbox.Changes;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;

namespace Mta.Imap.Commands;

/// <summary>STORE, COPY, MOVE, EXPUNGE, CLOSE (RFC 9051 §6.4).</summary>
internal static class MessageHandlers
{
    /// <summary>The answer to a message number that there is not (RFC 9051 §9, seq-number).</summary>
    public static ImapResult NoSuchNumber { get; } = ImapResult.Bad("there is no message with that number");

    public static ImapResult ReadOnly { get; } = ImapResult.No("the mailbox is open for reading only", ImapCode.ReadOnly);

    public static ImapResult NotPermitted => ImapResult.Of(NamedMailbox.NotPermitted);

    public static async Task<ImapResult> StoreAsync(ImapExecution x, StoreCommand command)
    {
        var selected = x.Selected;
        if (command.UnchangedSince is not null) x.Session.CondStore = true;
        if (selected.Find(command.Set, command.Uid) is not { } messages) return NoSuchNumber;
        if (selected.IsReadOnly) return ReadOnly;
        // RFC 4314 §4: it does what it may, and fails where it may do nothing
        var may = selected.Rights.Flags();
        if ((Meant(command) & may) == 0) return NotPermitted;
        var change = command.Action switch { ImapStoreAction.Add => FlagChange.Add, ImapStoreAction.Remove => FlagChange.Remove, _ => FlagChange.Replace };
        long? since = command.UnchangedSince is { } limit ? (long)Math.Min(limit, long.MaxValue) : null;
        var stored = await x.Mailboxes.StoreFlagsAsync(selected.Owner, selected.Id, messages, change, FlagNames.FromImap(command.Flags.System), command.Flags.Keywords, since, may).ConfigureAwait(false);
        long modSeq = stored.ChangedModSeq;
        // the keywords that it added must be known before they are told
        if (!stored.Messages.All(m => selected.Knows(m.Flags))) x.LearnKeywords();
        foreach (var message in stored.Messages)
        {
            // RFC 7162 §3.1.3: the new mod-sequence is told also where the flags are not
            if (command.IsSilent && !x.Session.CondStore) continue;
            FetchLine.WriteFlags(x, selected, message, withFlags: !command.IsSilent, withUid: command.Uid || x.Session.QResync);
            await x.FlushAsync().ConfigureAwait(false);
        }
        if (stored.Modified.Length == 0) return ImapResult.Ok("STORE done") with { HidesExpunged = !command.Uid, OwnModSeq = modSeq, IsSilent = command.IsSilent };
        var modified = command.Uid ? stored.Modified.AsEnumerable() : stored.Modified.Select(uid => (uint)selected.View.SequenceOf(uid));
        return ImapResult.Ok("some had been changed", new("MODIFIED", ImapSet.Of(modified).ToString())) with { HidesExpunged = !command.Uid, OwnModSeq = modSeq, IsSilent = command.IsSilent };
    }

    /// <summary>The flags that a STORE is about; all of them where it replaces them.</summary>
    private static MailFlags Meant(StoreCommand command) => command switch
    {
        { Action: ImapStoreAction.Replace } or { Flags: { System: 0, Keywords.Count: 0 } } => MailFlags.Any,
        { Flags.Keywords.Count: > 0 } => FlagNames.FromImap(command.Flags.System) | ~MailFlags.System,
        _ => FlagNames.FromImap(command.Flags.System),
    };

    public static async Task<ImapResult> CopyAsync(ImapExecution x, bool uid, ImapSet set, string mailbox, bool move)
    {
        var selected = x.Selected;
        if (selected.Find(set, uid) is not { } messages) return NoSuchNumber;
        if (move && selected.IsReadOnly) return ReadOnly;
        // RFC 6851 §4.4: what EXPUNGE and the flag for it need
        if (move && !selected.Rights.HasFlag(MailboxRights.DeleteMessages | MailboxRights.Expunge)) return NotPermitted;
        CopiedMessages copied;
        try
        {
            var to = await NamedMailbox.FindAsync(x, mailbox).ConfigureAwait(false);
            to.Demand(MailboxRights.Insert);
            copied = move
                ? await x.Mailboxes.MoveAsync(selected.Owner, selected.Id, messages, to.Owner, to.Name, to.Rights.Flags()).ConfigureAwait(false)
                : await x.Mailboxes.CopyAsync(to.Owner, selected.Id, messages, to.Name, to.Rights.Flags()).ConfigureAwait(false);
        }
        catch (MailboxException e)
        {
            return ImapResult.Of(e, forMessage: true);
        }
        string name = move ? "MOVE done" : "COPY done";
        if (copied.From.Length == 0) return ImapResult.Ok(name);
        var code = new ImapCode("COPYUID", string.Create(CultureInfo.InvariantCulture, $"{copied.UidValidity} {ImapSet.Of(copied.From)} {ImapSet.Of(copied.To)}"));
        if (!move) return ImapResult.Ok(name, code);
        // RFC 6851 §4.3: before the EXPUNGE responses
        x.Writer.Untagged(ImapStatus.Ok, code, "moved");
        return ImapResult.Ok(name, HighestModSeq(x, copied.ModSeq));
    }

    public static async Task<ImapResult> ExpungeAsync(ImapExecution x, ExpungeCommand command)
    {
        var selected = x.Selected;
        if (selected.IsReadOnly) return ReadOnly;
        if (!selected.Rights.HasFlag(MailboxRights.Expunge)) return NotPermitted;
        var messages = command.Uids is null ? selected.View.Runs : selected.Find(command.Uids, uid: true)!;
        var gone = await x.Mailboxes.ExpungeAsync(selected.Owner, selected.Id, messages).ConfigureAwait(false);
        return ImapResult.Ok("EXPUNGE done", gone.Uids.Length > 0 ? HighestModSeq(x, gone.ModSeq) : default);
    }

    public static async Task<ImapResult> CloseAsync(ImapExecution x, bool expunge)
    {
        var selected = x.Selected;
        var code = default(ImapCode);
        // RFC 9051 §6.4.1: nothing is told of it; RFC 4314 §4: nor of that it may not
        if (expunge && !selected.IsReadOnly && selected.Rights.HasFlag(MailboxRights.Expunge))
        {
            var gone = await x.Mailboxes.ExpungeAsync(selected.Owner, selected.Id, selected.View.Runs).ConfigureAwait(false);
            // who was not told of all before would never ask for it
            if (gone.Uids.Length > 0 && !selected.HasNews) code = HighestModSeq(x, gone.ModSeq);
        }
        x.Session.Selected = null;
        return ImapResult.Ok(expunge ? "CLOSE done" : "UNSELECT done", code);
    }

    /// <summary>
    /// What the client can begin with when it comes again (RFC 7162 §3.2.7, §3.2.8; RFC 6851 §4.4; RFC 8508 §4.5): that of the change itself, up to which it has
    /// been told all when the command ends, and not what others have done since.
    /// </summary>
    public static ImapCode HighestModSeq(ImapExecution x, long modSeq) => x.Session.QResync ? ImapCode.HighestModSeq((ulong)modSeq) : default;
}

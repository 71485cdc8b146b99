using Mta.Imap.Notifying;
using Mta.Mailbox;
using Mta.Protocol.Imap;

namespace Mta.Imap;

// What is told to a client that has not asked: in IDLE, and by NOTIFY (RFC 5465) between commands, too.
internal sealed partial class ImapConnectionActor
{
    private Notices _notices = new();
    private long _unaskedDue;

    private void TakeNews()
    {
        foreach (var happened in _news)
        {
            bool isOwn = happened.By.Equals(Self);
            foreach (var what in happened.Events)
            {
                _session.Selected?.Take(what, isOwn);
                // RFC 5464 §4.3: nobody is told of what it has done itself
                if (what is MailboxEvent.Annotated annotated && _session is { KnowsMetadata: true, Notify: null } && !isOwn)
                    _session.Metadata.Take(annotated, _session.Account!.Id, _session.Watched.GetValueOrDefault(happened.AccountId));
            }
            // RFC 5465 §5
            if (_session.Notify is { IsNothing: false } plan && !isOwn) _notices.Take(happened, plan, _session.Selected?.Id);
        }
        _news.Clear();
    }

    /// <summary>Tells it now, where it may be told; true where that takes its time, and <see cref="Step"/> comes then.</summary>
    private bool TellUnasked()
    {
        TakeNews();
        if (_session.Notify is not { } plan)
        {
            if (_idling is not null) Tell(hidesExpunged: false);
            return false;
        }
        if (_notices.IsTooMuch) Overflow();
        if (!plan.IsNothing) Tell(hidesExpunged: _idling is null && plan.IsDelayed);
        // it may have been closed
        _reader.State = _session.State;
        var messages = _session.Selected?.TakeFresh() ?? [];
        if (!_notices.HasNews && messages.Count == 0) return false;
        var notices = _notices;
        _notices = new();
        _unaskedDue = Deadline;
        Work(null, [], async x =>
        {
            await NotifyHandler.WriteNewAsync(x, messages).ConfigureAwait(false);
            using var writer = new NoticeWriter(x, plan);
            await writer.WriteAsync(notices).ConfigureAwait(false);
            return ImapResult.Ok("");
        });
        return true;
    }

    /// <summary>Something happened, or there is room again, while no command is under way.</summary>
    private void TellBetween()
    {
        if (IsSending || IsBusy || (_idling is null && _session.Notify is null)) return;
        if (!TellUnasked() && !Output.IsEmpty) Flush(After.Step);
    }

    /// <summary>RFC 5465 §5.8: as if it had asked for nothing from now on.</summary>
    private void Overflow()
    {
        (_notices, _session.Notify) = (new(), NotifyPlan.Nothing);
        Writer.Untagged(ImapStatus.Ok, ImapCode.NotificationOverflow, "there was more to tell than you took");
    }

    /// <summary>It was told, or not all of it could be.</summary>
    private void Told(Exception? error)
    {
        if (error is not null) Overflow();
        // it does not count as something that the client did
        var rest = context.Clock.GetElapsedTime(Now, _unaskedDue);
        SetDeadline(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        Flush(After.Step);
    }
}

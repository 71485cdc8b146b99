using System.Buffers;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Pop3;

namespace Mta.Pop3;

// The maildrop: its lock, its messages, and the end of those that were marked.
internal sealed partial class Pop3ConnectionActor
{
    private const int ChunkSize = 32768;

    private bool _isLocked; // by us
    private IMaildrop? _maildrop;
    private IMessageText? _text; // of the message that is being sent
    private long _offset;
    private byte[] _chunk = [];
    private int _retrieved, _deleted;
    private long _retrievedOctets;

    private void OpenMaildrop()
    {
        Become(Locking);
        SetDeadline(_settings.AnswerLimit);
        context.Maildrops.Lock(_account!, Self);
    }

    private void Locking(object message)
    {
        switch (message)
        {
            case MailboxProtocol.Locked locked:
                Become(Talking);
                _isLocked = locked.IsYours;
                if (_isLocked ? ReadMaildrop() : IsInUse()) Step();
                break;
            case Tick when IsDue():
                Session.Close(Pop3Refusal.MaildropFailed, Output);
                Close("the mailbox is not there in time");
                break;
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            default: Common(message); break;
        }
    }

    private bool IsInUse()
    {
        Pop3Log.InUse(context.Log, _account!.Address, Client);
        Session.MaildropRefused(Pop3Refusal.InUse, Output);
        return true;
    }

    private bool ReadMaildrop()
    {
        var account = _account!;
        return Ask(cancel => context.Maildrops.OpenAsync(account, _settings.MaxMessages, cancel), Opened, NotOpened);
    }

    private bool Opened(IMaildrop maildrop)
    {
        _maildrop = maildrop;
        Session.MaildropOpened(maildrop.UidValidity, maildrop.Messages, Output);
        return true;
    }

    private bool NotOpened()
    {
        Pop3Log.MailboxFailed(context.Log, _account!.Address, Client);
        CloseMaildrop();
        Session.MaildropRefused(Pop3Refusal.MaildropFailed, Output);
        return true;
    }

    /// <summary>Finds the message, or goes on with the one that was found: a piece, which is sent before the next is read.</summary>
    private bool ReadMessage()
    {
        var message = Session.PendingMessage;
        return _text is { } text
            ? Ask(cancel => text.ReadAsync(_offset, _chunk.AsMemory(0, ChunkSize), cancel), Read, NotRead)
            : Ask(cancel => _maildrop!.FindAsync(message, cancel), Found, NotRead);
    }

    private bool Found(IMessageText? text)
    {
        if (text is null)
        {
            Session.MessageMissing(Output);
            return true;
        }
        (_text, _offset) = (text, 0);
        _chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        Session.MessageFound(Output);
        return true;
    }

    private bool Read(int count)
    {
        // it has gone while we were reading it, and what we have sent is not a message
        if (count == 0 && _offset < _text!.Size) return NotRead();
        _offset += count;
        bool isWanted = count > 0 && Session.MessageText(_chunk.AsSpan(0, count), Output);
        if (isWanted && _offset < _text!.Size) return true;
        ArrayPool<byte>.Shared.Return(_chunk);
        ForgetText();
        if (!Session.IsTop)
        {
            _retrieved++;
            _retrievedOctets += _offset;
            Pop3Metrics.MessagesRetrieved.Add(1);
            Pop3Metrics.BytesRetrieved.Add(_offset);
        }
        Session.MessageEnded(Output);
        return true;
    }

    private bool NotRead()
    {
        Pop3Log.MailboxFailed(context.Log, _account!.Address, Client);
        if (_text is not null)
        {
            // in the middle of a message there are no words for it but the end of the connection
            Abandon("a message cannot be read");
            return false;
        }
        Session.MessageFailed(Output);
        return true;
    }

    private bool Update()
    {
        Pop3Message[] marked = [.. Session.Deleted];
        return Ask(async cancel =>
        {
            await _maildrop!.RemoveAsync(marked, cancel).ConfigureAwait(false);
            return marked.Length;
        }, Updated, NotUpdated);
    }

    private bool Updated(int count)
    {
        _deleted = count;
        Pop3Metrics.MessagesDeleted.Add(count);
        Session.Updated(Output);
        return true;
    }

    private bool NotUpdated()
    {
        Pop3Log.MailboxFailed(context.Log, _account!.Address, Client);
        Session.NotUpdated(Output);
        return true;
    }

    // the chunk is not given back here: a read that did not come in time may still write to it
    private void ForgetText() => (_text, _chunk) = (null, []);

    private void CloseMaildrop()
    {
        ForgetText();
        if (_isLocked) context.Maildrops.Unlock(_account!, Self);
        _isLocked = false;
    }

    /// <summary>A lock that comes too late is given back when we stop.</summary>
    protected override void Unhandled(object message)
    {
        if (message is not MailboxProtocol.Locked) base.Unhandled(message);
    }
}

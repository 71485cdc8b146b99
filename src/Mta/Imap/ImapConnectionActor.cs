using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mta.Config;
using Mta.Mailbox;
using Mta.Net;
using Mta.Protocol.Imap;
using Mta.Protocol.Imap.Commands;
using Mta.Protocol.Imap.Writing;

namespace Mta.Imap;

/// <summary>
/// A connection at which IMAP is spoken: moves octets between the <see cref="Connection"/> and the <see cref="ImapCommandReader"/>, has the commands executed one
/// after the other, and tells what happens in the mailbox meanwhile at the right moments.
/// </summary>
internal sealed partial class ImapConnectionActor(ImapServerContext context, Connection connection, ListenerKind kind, bool proxied, Stress stress)
    : ConnectionActor(connection, proxied, tlsFirst: kind == ListenerKind.Imaps, context.Terms)
{
    private const int CommandBuffer = 2048, LargeBuffer = 65536;

    /// <summary>Changes that are kept for a client that does not read.</summary>
    private const int MaxNews = 10_000;

    private readonly ImapSettings _settings = context.Settings;
    private readonly ImapCommandReader _reader = new(ImapReaderOptions.Stranger);
    private ImapSession _session = new();
    private readonly List<MailboxProtocol.Happened> _news = [];
    private readonly HashSet<long> _left = []; // accounts that this connection was signed in to
    private string? _idling; // the tag of IDLE
    private Execution? _execution;
    private TaskCompletionSource? _flushed; // what the command waits for
    private long _signInEnd;
    private int _errors;
    private bool _greeted, _leaves;

    private ImapResponseWriter Writer => new(Output, _session.Utf8);

    protected override bool IsBusy => _execution is not null || _appending is not null;

    /// <summary>A stranger has one span for all that leads to the sign-in; who has signed in has as long again after each command.</summary>
    protected override TimeSpan CommandTimeout
    {
        get
        {
            if (_session.Account is not null) return _settings.IdleTimeout;
            var rest = context.Clock.GetElapsedTime(Now, _signInEnd);
            return stress.IsOn && _settings.StressSignInTimeout < rest ? _settings.StressSignInTimeout : rest;
        }
    }

    protected override int BufferSize(bool filled) => _appending is not null || filled ? LargeBuffer : CommandBuffer;

    protected override void PreStart()
    {
        ImapMetrics.Connections.Add(1);
        _signInEnd = FromNow(_settings.SignInTimeout);
        base.PreStart();
    }

    protected override void PostStop()
    {
        ImapMetrics.Connections.Add(-1);
        base.PostStop();
        DropMessages();
        _reader.End();
    }

    protected override void Met()
    {
        if (kind == ListenerKind.Imaps) Handshake(); // RFC 8314 §3.2
        else Greet();
    }

    protected override void Secured()
    {
        if (_greeted) Step();
        else Greet();
    }

    private void Greet()
    {
        _greeted = true;
        Writer.Untagged(ImapStatus.Ok, new("CAPABILITY", CapabilityText), "ready");
        Become(Talking);
        Step();
    }

    /// <summary>Gives the reader what was read and does what comes of it, until more must be read or something has to be waited for.</summary>
    protected override void Step()
    {
        if (_flushed is { } flushed)
        {
            _flushed = null;
            flushed.SetResult();
            return;
        }
        if (_execution is not null) return;
        while (true)
        {
            var what = _reader.Advance(Input, out int consumed);
            if (what == ImapEvent.MessageData) TakeMessage(Input[..consumed]);
            Consume(consumed);
            switch (what)
            {
                case ImapEvent.NeedInput:
                    if (!Output.IsEmpty) SetCommandDeadline();
                    Await();
                    return;
                case ImapEvent.Command:
                    _errors = 0;
                    if (!Run(_reader.Command!)) return;
                    break;
                case ImapEvent.Continue:
                    Writer.Continuation("go on");
                    SetCommandDeadline();
                    break;
                case ImapEvent.OpenMessage:
                    if (!OpenMessage(_reader.Message!)) return;
                    break;
                case ImapEvent.MessageData or ImapEvent.MessageEnd:
                    break;
                case ImapEvent.Response:
                    if (!Respond()) return;
                    break;
                case ImapEvent.Cancelled:
                    EndExchange(ImapResult.Bad("cancelled"));
                    break;
                case ImapEvent.Done:
                    EndIdle();
                    break;
                case ImapEvent.Error:
                    DropMessages();
                    (_exchange, _idling) = (null, null);
                    Writer.Error(_reader.Error!);
                    if (++_errors < _settings.MaxErrors) break;
                    Bye("too many commands that cannot be understood");
                    return;
                default:
                    Writer.Error(_reader.Error!);
                    Close("not IMAP");
                    return;
            }
        }
    }

    /// <summary>Waits for more of the client; first it is told what it wants to know.</summary>
    private void Await()
    {
        if (_appending is null && TellUnasked()) return;
        if (!IsReading) Flush(After.Read);
        else if (!Output.IsEmpty) Flush(After.Step);
        else if (IsDraining && !IsBusy) ShutDown();
    }

    /// <summary>Begins a command, or does it; false where Step must not go on.</summary>
    private bool Run(ImapCommand command)
    {
        SetCommandDeadline();
        switch (command)
        {
            case CapabilityCommand:
                Writer.BeginLine("CAPABILITY"u8);
                Writer.Space();
                Writer.Raw(System.Text.Encoding.ASCII.GetBytes(CapabilityText));
                Writer.EndLine();
                return End(command.Tag, ImapResult.Ok("CAPABILITY done"));
            case NoopCommand:
                return End(command.Tag, ImapResult.Ok("NOOP done"));
            case LogoutCommand:
                // RFC 9051 §6.1.3: BYE first
                Writer.Untagged(ImapStatus.Bye, default, "goodbye");
                Writer.Tagged(command.Tag, ImapStatus.Ok, default, "LOGOUT done");
                Close("logged out");
                return false;
            case IdCommand id:
                return End(command.Tag, Identify(id));
            case EnableCommand enable:
                return End(command.Tag, Enable(enable));
            case StartTlsCommand:
                return StartTls(command.Tag);
            case CompressCommand:
                return Compress(command.Tag);
            case LoginCommand login:
                return Login(login);
            case AuthenticateCommand authenticate:
                return Authenticate(authenticate);
            case UnauthenticateCommand:
                return Unauthenticate(command.Tag);
            case IdleCommand:
                _idling = command.Tag;
                Tell(hidesExpunged: false);
                Writer.Continuation("idling");
                _reader.ExpectDone(command.Tag);
                return true;
            case AppendCommand or ReplaceCommand when _stagingFailure is not null:
                DropMessages();
                return End(command.Tag, ImapResult.No("there is no room for it now, try again later", ImapCode.Unavailable));
            default:
                Execute(command);
                return false;
        }
    }

    /// <summary>The command is over: what happened meanwhile, then its answer.</summary>
    private bool End(string tag, ImapResult result)
    {
        TakeNews();
        _session.Selected?.Told(result.OwnModSeq, result.IsSilent);
        Tell(result.HidesExpunged);
        // RFC 9051 §7.1: with another command the client would be told more
        bool hasMore = result.HidesExpunged && result.Code.IsNone && _session.Selected is { HasExpunged: true };
        Writer.Tagged(tag, result.Status, hasMore ? ImapCode.ExpungeIssued : result.Code, result.Text);
        _reader.State = _session.State;
        _reader.Utf8 = _session.Utf8;
        return true;
    }

    private void EndIdle()
    {
        string tag = _idling!;
        _idling = null;
        End(tag, ImapResult.Ok("IDLE done"));
    }

    private void Tell(bool hidesExpunged)
    {
        TakeNews();
        _session.Metadata.Write(Writer);
        if (_session.Selected is not { HasNews: true } selected) return;
        selected.Announce(Writer, _session, hidesExpunged);
        if (!selected.IsGone || (hidesExpunged && !selected.IsRevoked)) return;
        // RFC 9051 §3: an unsolicited CLOSED leads out of the selected state
        Writer.Untagged(ImapStatus.Ok, ImapCode.Closed, selected.IsRevoked ? "you may not read the mailbox any more" : "the mailbox was deleted");
        _session.Selected = null;
    }

    private void Hear(MailboxProtocol.Happened happened)
    {
        // one that has signed in as somebody else may still be told of the accounts before
        long id = happened.AccountId;
        if (_session.Account is not { } account || (_left.Contains(id) && id != account.Id && !_session.Watched.ContainsKey(id))) return;
        _news.Add(happened);
    }

    protected override void Talking(object message)
    {
        switch (message)
        {
            case MailboxProtocol.Happened happened:
                Hear(happened);
                // at once: what is kept of it is bounded by what is in the mailbox
                TakeNews();
                TellBetween();
                break;
            case NetProtocol.Received { Count: > 0 } received when IsSending:
                // what it was told without asking has not gone yet: Step comes when it has
                Take(received);
                break;
            default:
                base.Talking(message);
                // what has happened while that was on its way
                if (message is NetProtocol.Sent && IsReading && !_leaves) TellBetween();
                break;
        }
    }

    // --- the end -------------------------------------------------------------------------------------------------------------

    protected override void TimeOut()
    {
        if (IsOver && IsDraining) ShutDown();
        else Bye(_session.Account is null ? "you did not sign in" : "you were idle for too long");
    }

    protected override void ShutDown() => Bye("shutting down, try again later");

    protected override void Hurry()
    {
        if (_session.Account is null && FromNow(_settings.StressSignInTimeout) < Deadline) SetCommandDeadline();
    }

    private void Bye(string text)
    {
        if (IsSending)
        {
            Abandon(text);
            return;
        }
        Writer.Untagged(ImapStatus.Bye, default, text);
        Close(text);
    }

    protected override void Ending(string reason)
    {
        _leaves = true;
        _flushed?.TrySetCanceled();
        _flushed = null;
        if (_session.Account is { } account) ImapLog.Session(context.Log, account.Address, Client, Connection.Tls ?? "none", reason);
    }

    // what comes for one that is leaving
    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case FlushWanted wanted when _leaves:
                wanted.Done.TrySetCanceled();
                break;
            case Executed when _leaves:
                foreach (var body in _execution?.Bodies ?? []) body.Dispose();
                EndWork();
                break;
            case MailboxProtocol.Happened happened:
                // while an answer is waited for, too; of one that leaves nobody asks any more
                if (!_leaves) Hear(happened);
                break;
            default:
                base.Unhandled(message);
                break;
        }
    }
}

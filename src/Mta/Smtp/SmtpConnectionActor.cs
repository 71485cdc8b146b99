using System.Buffers;
using Akka.Actor;
using Mta.Config;
using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Proxy;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Spool;

namespace Mta.Smtp;

/// <summary>
/// One connection from a client: moves octets between the <see cref="Connection"/> and the <see cref="SmtpServerSession"/> and does what the
/// session asks for. It reads only when everything read before has been dealt with and the replies are on their way, so a client
/// that is faster than we are waits in TCP. Stops itself when all that was under way has ended; never restarts.
/// </summary>
internal sealed partial class SmtpConnectionActor(SmtpServerContext context, Connection connection, ListenerKind kind, bool proxied, Stress stress) : UntypedActor
{
    // an idle connection holds the smallest, a client that fills what it is given gets the largest
    private const int CommandBuffer = 2048, DataBuffer = 16384, LargeBuffer = 65536;

    private enum After : byte { Read, Handshake, Close }

    private static readonly SmtpReply SpoolFull = SmtpReply.Parse("452 4.3.1 out of space, try again later");
    private static readonly SmtpReply SpoolFailed = SmtpReply.Parse("451 4.3.0 cannot store mail now, try again later");
    private static readonly SmtpReply Stranger = SmtpReply.Parse("554 5.7.1 this server is for its own network");
    private static readonly SmtpReply EarlyTalker = SmtpReply.Parse("554 5.7.1 wait for the greeting before you speak");

    private readonly SmtpSettings _settings = context.Settings;
    private readonly OutputBuffer _output = new();
    private SmtpPeer _peer = new(connection.Remote.Address, false);
    private SmtpServerSession? _session;
    private byte[] _buffer = [];
    private int _start, _end;
    private bool _filled; // by the last read
    private bool _reading, _sending;
    private int _underWay; // reads, writes and handshakes that will still be told of
    private After _afterSending;
    private int _drained; // octets thrown away while closing

    // the message being received
    private MessageWriter? _message;
    private SubmittedMessage? _submitted; // in front of it, where the client is one of ours
    private MessageId _id;
    private DateTimeOffset _receivedAt;
    private long _storeBegan;

    private SmtpServerSession Session => _session!;

    protected override void PreStart()
    {
        SmtpMetrics.Connections.Add(1);
        StartClock();
        if (!proxied)
        {
            Meet(connection.Remote.Address);
            return;
        }
        Become(AwaitingProxyHeader);
        SetDeadline(_settings.HandshakeTimeout);
        Read();
    }

    protected override void PostStop()
    {
        SmtpMetrics.Connections.Add(-1);
        StopClock();
        connection.Dispose();
        _message?.Dispose();
        _submitted?.Dispose();
        _session?.End();
        DropQuestions();
        if (_underWay > 0) return; // the system is going down: what a read or write still uses must not be given to others
        _output.Clear();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    private void AwaitingProxyHeader(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                _reading = false;
                _underWay--;
                _end += received.Count;
                switch (ProxyHeader.TryRead(_buffer.AsSpan(0, _end), out var header, out _start))
                {
                    case ProxyHeaderResult.NeedMore when _end < _buffer.Length: Read(); break;
                    case ProxyHeaderResult.Complete: Meet(header.Source?.Address ?? connection.Remote.Address); break;
                    default: Abandon("bad PROXY header"); break;
                }
                break;
            case Tick when IsDue(): Abandon("no PROXY header"); break;
            case ListenerProtocol.Drain: Abandon("shutting down"); break;
            default: Common(message); break;
        }
    }

    /// <summary>We know who the client is: greet it, at once or after the delay.</summary>
    private void Meet(System.Net.IPAddress client)
    {
        // who submits is known by its account, and by nothing else
        _peer = new(client, !IsSubmission && context.Policy.IsTrusted(client));
        _session = new(context.OptionsFor(kind, client), _peer.IsTrusted, context.Tls is not null, context.Clock);
        if (kind == ListenerKind.Submissions) Handshake(); // RFC 8314 §3.3: before anything else
        // RFC 2033 §3: it is between hosts of one operator
        else if (kind == ListenerKind.Lmtp && !_peer.IsTrusted) CloseWith(Stranger);
        else Welcome();
    }

    private void Welcome()
    {
        if (_settings.GreetingDelay <= TimeSpan.Zero || _start < _end)
        {
            Greet();
            return;
        }
        Become(HoldingBack);
        SetDeadline(_settings.GreetingDelay);
        _start = _end = 0;
        Read();
    }

    private void HoldingBack(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                _reading = false;
                _underWay--;
                _end += received.Count;
                Greet();
                break;
            case Tick when IsDue(): Greet(); break;
            case ListenerProtocol.Drain: CloseWith(ShuttingDown); break;
            default: Common(message); break;
        }
    }

    private void Greet()
    {
        // RFC 5321 §4.3.1: the client waits for the greeting
        if (_settings.RefuseEarlyTalkers && (_start < _end || connection.HasUnread))
        {
            CloseWith(EarlyTalker);
            return;
        }
        Session.Start(_output);
        Become(Talking);
        Step();
    }

    private void Talking(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                _reading = false;
                _underWay--;
                _end = received.Count;
                _filled = received.Count == _buffer.Length;
                CountReceived(received.Count);
                Step();
                break;
            case NetProtocol.Sent:
                _sending = false;
                _underWay--;
                _output.Clear();
                Continue(_afterSending);
                break;
            case Tick when IsDue(): TimeOut(); break;
            case ListenerProtocol.Hurry: Hurry(); break;
            case ListenerProtocol.Drain drain:
                BeginDrain(drain.Grace);
                if (!IsBusy && !_sending) CloseWith(ShuttingDown);
                break;
            default: Common(message); break;
        }
    }

    /// <summary>Gives the session what was read and does what it asks for, until it needs more input or one of us has to wait.</summary>
    private void Step()
    {
        while (true)
        {
            var effect = Session.Advance(_buffer.AsSpan(_start, _end - _start), _output, out int consumed);
            _start += consumed;
            switch (effect)
            {
                case SmtpEffect.NeedInput:
                    if (!_output.IsEmpty) SetCommandDeadline();
                    FollowMode();
                    Flush(After.Read);
                    return;
                case SmtpEffect.VerifyRecipient:
                    if (!VerifyRecipient()) return;
                    break;
                case SmtpEffect.Authenticate:
                    if (!Authenticate()) return;
                    break;
                case SmtpEffect.VerifySender:
                    if (!VerifySender()) return;
                    break;
                case SmtpEffect.OpenMessage:
                    OpenMessage();
                    break;
                case SmtpEffect.StoreMessage:
                    if (!StoreMessage()) return;
                    break;
                case SmtpEffect.DiscardMessage:
                    DropMessage(Session.Refusal);
                    break;
                case SmtpEffect.StartTls:
                    Flush(After.Handshake);
                    return;
                default:
                    Close("session ended");
                    return;
            }
        }
    }

    private void Flush(After then)
    {
        if (!_output.IsEmpty && !connection.Send(_output.Written, Self))
        {
            _sending = true;
            _underWay++;
            _afterSending = then;
            return;
        }
        _output.Clear();
        Continue(then);
    }

    private void Continue(After then)
    {
        switch (then)
        {
            case After.Read when _draining && !IsBusy:
                CloseWith(ShuttingDown);
                break;
            case After.Read:
                _start = _end = 0;
                Read();
                break;
            case After.Handshake:
                Handshake();
                break;
            default:
                connection.EndSending();
                if (!_reading) Read();
                break;
        }
    }

    /// <summary>Reads behind what is in the buffer, which is empty but for the start of a PROXY header.</summary>
    private void Read()
    {
        if (_reading) return;
        int size = _session?.IsReceiving != true ? CommandBuffer : _filled ? LargeBuffer : DataBuffer;
        if (_buffer.Length != size && _end == 0)
        {
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }
        _reading = true;
        _underWay++;
        // what is behind a PROXY header is not ours to take where TLS begins there: so an octet at a time
        bool isHeader = kind == ListenerKind.Submissions && _session is null;
        connection.Receive(isHeader ? _buffer.AsMemory(_end, 1) : _buffer.AsMemory(_end), Self);
    }

    /// <summary>What ends the connection in every state but <see cref="Closing"/>.</summary>
    private void Common(object message)
    {
        switch (message)
        {
            case NetProtocol.Received: // 0: the client closed
                _reading = false;
                _underWay--;
                Abandon("closed by client");
                break;
            case NetProtocol.Broken broken:
                _underWay--;
                Abandon(broken.Reason);
                break;
            case Tick or ListenerProtocol.Hurry: break; // too early; waits for something with a short limit of its own
            default: Unhandled(message); break;
        }
    }

    /// <summary>Says <paramref name="reply"/>, for a reason of ours, and closes.</summary>
    private void CloseWith(SmtpReply reply)
    {
        if (_sending) // the client does not even take the replies before
        {
            Abandon(reply.Text);
            return;
        }
        Session.Close(reply, _output);
        Close(reply.Text);
    }

    /// <summary>Sends what is to be sent, then waits a little for the client to close: its unread octets would make the system drop our reply.</summary>
    private void Close(string reason)
    {
        EndMessage(reason);
        Become(Closing);
        _sessionEnd = long.MaxValue; // which may be why we close
        SetDeadline(_settings.LingerTimeout);
        Flush(After.Close);
    }

    /// <summary>Closes without a word: there is no one left, or no one to be polite to.</summary>
    private void Abandon(string reason)
    {
        EndMessage(reason);
        MailLog.Disconnected(context.Log, reason, _peer.Address);
        connection.Dispose();
        Become(Closing);
        StopWhenQuiet();
    }

    private void Closing(object message)
    {
        switch (message)
        {
            case NetProtocol.Sent:
                _sending = false;
                _underWay--;
                _output.Clear();
                Continue(After.Close);
                break;
            case NetProtocol.Received { Count: > 0 } received when (_drained += received.Count) <= LargeBuffer:
                _reading = false;
                _underWay--;
                _end = 0;
                Read();
                break;
            case NetProtocol.Received or NetProtocol.Broken:
                _reading = false;
                _underWay--;
                connection.Dispose();
                StopWhenQuiet();
                break;
            case Tick when IsDue():
                connection.Dispose();
                StopWhenQuiet();
                break;
            case Tick or ListenerProtocol.Drain or ListenerProtocol.Hurry: break;
            default: Unhandled(message); break;
        }
    }

    private void StopWhenQuiet()
    {
        if (_underWay == 0) Context.Stop(Self);
    }
}

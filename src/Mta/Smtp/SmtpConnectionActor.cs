using Mta.Config;
using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Spool;

namespace Mta.Smtp;

/// <summary>
/// A connection at which SMTP is spoken: moves octets between the <see cref="Connection"/> and the <see cref="SmtpServerSession"/> and does what the
/// session asks for.
/// </summary>
internal sealed partial class SmtpConnectionActor(SmtpServerContext context, Connection connection, ListenerKind kind, bool proxied, Stress stress)
    : ConnectionActor(connection, proxied, tlsFirst: kind == ListenerKind.Submissions, context.Terms)
{
    // an idle connection holds the smallest, a client that fills what it is given gets the largest
    private const int CommandBuffer = 2048, DataBuffer = 16384, LargeBuffer = 65536;

    private static readonly SmtpReply SpoolFull = SmtpReply.Parse("452 4.3.1 out of space, try again later");
    private static readonly SmtpReply SpoolFailed = SmtpReply.Parse("451 4.3.0 cannot store mail now, try again later");
    private static readonly SmtpReply Stranger = SmtpReply.Parse("554 5.7.1 this server is for its own network");
    private static readonly SmtpReply EarlyTalker = SmtpReply.Parse("554 5.7.1 wait for the greeting before you speak");

    private readonly SmtpSettings _settings = context.Settings;
    private SmtpPeer _peer = null!;
    private SmtpServerSession? _session;

    // the message being received
    private MessageWriter? _message;
    private SubmittedMessage? _submitted; // in front of it, where the client is one of ours
    private MessageId _id;
    private DateTimeOffset _receivedAt;
    private long _storeBegan;

    private SmtpServerSession Session => _session!;

    protected override int BufferSize(bool filled) => _session?.IsReceiving != true ? CommandBuffer : filled ? LargeBuffer : DataBuffer;

    protected override void PreStart()
    {
        SmtpMetrics.Connections.Add(1);
        base.PreStart();
    }

    protected override void PostStop()
    {
        SmtpMetrics.Connections.Add(-1);
        base.PostStop();
        DropMessage(null);
        _session?.End();
    }

    protected override void Met()
    {
        // who submits is known by its account, and by nothing else
        _peer = new(Client, !IsSubmission && context.Policy.IsTrusted(Client));
        _session = new(context.OptionsFor(kind, Client), _peer.IsTrusted, context.Tls is not null, context.Clock);
        if (kind == ListenerKind.Submissions) Handshake(); // RFC 8314 §3.3: before anything else
        // RFC 2033 §3: it is between hosts of one operator
        else if (kind == ListenerKind.Lmtp && !_peer.IsTrusted) CloseWith(Stranger);
        else Welcome();
    }

    protected override void Secured()
    {
        var binding = Session.SignsIn ? Connection.Binding : null;
        if (!Session.IsStarted)
        {
            Session.BeginUnderTls(Connection.Tls!, binding);
            Welcome();
            return;
        }
        Session.TlsEstablished(Connection.Tls!, binding);
        Step();
    }

    private void Welcome()
    {
        if (_settings.GreetingDelay <= TimeSpan.Zero || !Input.IsEmpty)
        {
            Greet();
            return;
        }
        Become(HoldingBack);
        SetDeadline(_settings.GreetingDelay);
        ReadAnew();
    }

    private void HoldingBack(object message)
    {
        switch (message)
        {
            case NetProtocol.Received { Count: > 0 } received:
                Take(received);
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
        if (_settings.RefuseEarlyTalkers && (!Input.IsEmpty || Connection.HasUnread))
        {
            CloseWith(EarlyTalker);
            return;
        }
        Session.Start(Output);
        Become(Talking);
        Step();
    }

    /// <summary>Gives the session what was read and does what it asks for, until it needs more input or one of us has to wait.</summary>
    protected override void Step()
    {
        while (true)
        {
            var effect = Session.Advance(Input, Output, out int consumed);
            Consume(consumed);
            switch (effect)
            {
                case SmtpEffect.NeedInput:
                    if (!Output.IsEmpty) SetCommandDeadline();
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

    /// <summary>Says <paramref name="reply"/>, for a reason of ours, and closes.</summary>
    private void CloseWith(SmtpReply reply)
    {
        if (IsSending) // the client does not even take the replies before
        {
            Abandon(reply.Text);
            return;
        }
        Session.Close(reply, Output);
        Close(reply.Text);
    }

    /// <summary>The connection ends: so does what it was receiving.</summary>
    protected override void Ending(string reason)
    {
        if (_session?.Transaction is not null) MailLog.Lost(context.Log, reason, From, User, _peer.Address, Session.HeloName);
        DropMessage(null);
    }
}

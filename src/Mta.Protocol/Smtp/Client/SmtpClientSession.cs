using System.Buffers;

namespace Mta.Protocol.Smtp.Client;

/// <summary>What the shell has to do next; whatever was written to the output is sent first.</summary>
public enum SmtpClientStep : byte
{
    /// <summary>Hand over what the server says with <see cref="SmtpClientSession.Receive"/>.</summary>
    Read,

    /// <summary>Do the TLS handshake, then call <see cref="SmtpClientSession.TlsEstablished"/>.</summary>
    StartTls,

    /// <summary>Call <see cref="SmtpClientSession.Begin"/> or <see cref="SmtpClientSession.Quit"/>. The transaction before, if any, has ended.</summary>
    Ready,

    /// <summary>Write the body in the form of <see cref="SmtpClientSession.Form"/>, then call <see cref="SmtpClientSession.BodySent"/>.</summary>
    SendBody,

    /// <summary>Close the connection. The transaction, if one was under way, has ended.</summary>
    Close,
}

/// <summary>How the body goes out.</summary>
public enum BodyForm : byte { Data, Chunk }

/// <summary>
/// The client's side of an SMTP session without any I/O: octets in, octets out, and what to do next. Every recipient of a transaction
/// has exactly one reply when the transaction ends, whatever the server says and whenever the connection breaks.
/// </summary>
/// <remarks>
/// <code>
/// stage     a good reply leads to                          a bad one to
/// Greeting  Hello                                          Closed
/// Hello     StartTls, Auth or Ready                        HELO once on 5yz, then Closed
/// StartTls  the handshake, then Hello again                Auth or Ready in the clear, Closed where TLS is a must
/// Auth      Auth (LOGIN asks twice) or Ready               Closed
/// Ready     -                                              Closed (the server may only say 421 here)
/// Reset     Mail                                           Closed
/// Mail      Rcpt                                           Rcpt if pipelined (replies are read and dropped), or Ready
/// Rcpt      Rcpt, Data, Body or Final                      the same; without any recipient Ready, or Data and Final if pipelined
/// Data      Body; Final behind a lone dot if nobody was accepted   Ready
/// Body      Final, when the shell has sent it              Closed (a reply before the end)
/// Final     Ready                                          Ready
/// Quit      Closed                                         Closed
/// </code>
/// Under LMTP Final lasts for a reply to each accepted recipient. 421 and anything that is no reply, or none that can stand here, closes at every stage.
/// </remarks>
public sealed class SmtpClientSession(SmtpClientOptions options)
{
    private readonly SmtpReplyParser _parser = new();
    private OutgoingTransaction? _transaction;
    private int _rcpt;
    private bool _isPipelined;
    private bool _isBodyDue;
    private bool _isBodySent;
    private bool _isRefused; // the message, for at least one recipient
    private bool _needsReset;
    private bool _saidHelo;
    private bool _tlsRefused;
    private bool _isHandshakeDue;
    private int _authStep;

    /// <summary>What the server's next reply answers.</summary>
    public SmtpStage Stage { get; private set; } = SmtpStage.Greeting;

    /// <summary>What the server offered last.</summary>
    public EhloCapabilities Capabilities { get; private set; } = EhloCapabilities.None;
    public bool IsSecured { get; private set; }
    public bool IsAuthenticated { get; private set; }

    /// <summary>Transactions that the server has ended with a reply of its own.</summary>
    public int Transactions { get; private set; }

    /// <summary>How the body of the present transaction goes out.</summary>
    public BodyForm Form { get; private set; }

    /// <summary>Why the session closed; null while it has not, and after an orderly QUIT.</summary>
    public SmtpReply? Failure { get; private set; }

    private SmtpClientStep Next => Stage switch
    {
        SmtpStage.Closed => SmtpClientStep.Close,
        SmtpStage.Ready => SmtpClientStep.Ready,
        _ when _isHandshakeDue => SmtpClientStep.StartTls,
        _ when _isBodyDue => SmtpClientStep.SendBody,
        _ => SmtpClientStep.Read,
    };

    /// <summary>Takes what the server said. Writes nothing while the stage is <see cref="SmtpStage.Body"/>.</summary>
    public SmtpClientStep Receive(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        while (Stage != SmtpStage.Closed)
        {
            var status = _parser.Parse(ref input, out var reply);
            if (status == ReplyStatus.Incomplete) break;
            if (status == ReplyStatus.Malformed) return Abort(new(451, new(4, 5, 0), _parser.Error));
            Take(reply!, output);
            // RFC 3207 §5: what came in the clear behind the 220 is an attacker's; no honest server has anything to say yet
            if (_isHandshakeDue && !input.IsEmpty) return Abort(new(451, new(4, 7, 5), "server spoke between its reply to STARTTLS and TLS"));
        }
        return Next;
    }

    /// <summary>The handshake succeeded. What was known of the server is forgotten (RFC 3207 §4.2).</summary>
    public SmtpClientStep TlsEstablished(IBufferWriter<byte> output)
    {
        (_isHandshakeDue, IsSecured, Capabilities) = (false, true, EhloCapabilities.None);
        _parser.Reset();
        SayHello(output);
        return Next;
    }

    /// <summary>
    /// Starts a transaction; only after <see cref="SmtpClientStep.Ready"/>. Where the result is <see cref="SmtpClientStep.SendBody"/>, the body belongs
    /// behind what was just written.
    /// </summary>
    public SmtpClientStep Begin(OutgoingTransaction transaction, IBufferWriter<byte> output)
    {
        if (Stage != SmtpStage.Ready) throw new InvalidOperationException($"No transaction can begin at stage {Stage}.");
        (_transaction, _rcpt, _isPipelined, _isBodySent, _isRefused) = (transaction, 0, Capabilities.Pipelining, false, false);
        // What is not at hand may lack its last CRLF, and then the length of the chunk is not known yet
        bool chunks = transaction.Parameters.Body == BodyType.BinaryMime || (transaction.IsBodyAtHand && options.Chunking);
        Form = chunks && Capabilities.Chunking ? BodyForm.Chunk : BodyForm.Data;
        Stage = _needsReset ? SmtpStage.Reset : SmtpStage.Mail;
        if (_needsReset) output.Write("RSET\r\n"u8);
        if (_isPipelined || !_needsReset) SmtpCommandWriter.Mail(output, transaction, Capabilities, IsAuthenticated);
        if (_isPipelined)
        {
            foreach (var recipient in transaction.Recipients) SmtpCommandWriter.Rcpt(output, recipient, Capabilities);
            // RFC 2920 §3.1: DATA may be the last of a group; RFC 3030 §4.2 lets BDAT and its chunk be pipelined too
            if (Form == BodyForm.Data) output.Write("DATA\r\n"u8);
            else if (transaction.IsBodyAtHand) SayBdat(output);
        }
        _needsReset = false;
        return Next;
    }

    /// <summary>The whole body was written to the output.</summary>
    public SmtpClientStep BodySent(IBufferWriter<byte> output)
    {
        if (Stage == SmtpStage.Closed) return SmtpClientStep.Close;
        if (Form == BodyForm.Data) output.Write(".\r\n"u8);
        (_isBodyDue, _isBodySent) = (false, true);
        if (Stage == SmtpStage.Body) Stage = SmtpStage.Final;
        return Next;
    }

    /// <summary>Says goodbye; the server's reply, any reply, closes.</summary>
    public SmtpClientStep Quit(IBufferWriter<byte> output)
    {
        if (Stage != SmtpStage.Ready) throw new InvalidOperationException($"QUIT cannot be said at stage {Stage}.");
        Stage = SmtpStage.Quit;
        output.Write("QUIT\r\n"u8);
        return Next;
    }

    /// <summary>The session is over: the connection broke, time ran out, or we give up. Recipients without a reply get <paramref name="reply"/>.</summary>
    public SmtpClientStep Abort(SmtpReply reply)
    {
        if (Stage is SmtpStage.Closed) return SmtpClientStep.Close;
        if (Stage is not SmtpStage.Quit) Failure = reply;
        _transaction?.Resolve(reply, Stage);
        Stage = SmtpStage.Closed;
        return SmtpClientStep.Close;
    }

    private void Take(SmtpReply reply, IBufferWriter<byte> output)
    {
        // RFC 5321 §3.8, §4.2.3: 421 may answer any command and ends the session
        if (reply.Code == 421) Abort(reply);
        else switch (Stage)
            {
                case SmtpStage.Greeting: if (Expect(reply)) SayHello(output); break;
                case SmtpStage.Hello: TakeHello(reply, output); break;
                case SmtpStage.StartTls: TakeStartTls(reply, output); break;
                case SmtpStage.Auth: TakeAuth(reply, output); break;
                case SmtpStage.Reset: TakeReset(reply, output); break;
                case SmtpStage.Mail: TakeMail(reply, output); break;
                case SmtpStage.Rcpt: TakeRcpt(reply, output); break;
                case SmtpStage.Data: TakeData(reply, output); break;
                case SmtpStage.Final: TakeFinal(reply); break;
                // before the body is out, only a refusal makes sense, and where in the stream the server is nobody knows (Body);
                // nothing was asked (Ready); whatever it is, it is the end (Quit)
                default: Abort(IsRefusal(reply) ? reply : Unexpected(reply)); break;
            }
    }

    private void TakeHello(SmtpReply reply, IBufferWriter<byte> output)
    {
        // RFC 5321 §3.2: a server that does not know EHLO is spoken to with HELO; for LHLO there is no other word
        if (reply.IsPermanent && !_saidHelo && !options.Lmtp)
        {
            _saidHelo = true;
            SayHello(output);
            return;
        }
        if (!Expect(reply)) return;
        Capabilities = _saidHelo ? EhloCapabilities.None : EhloCapabilities.Parse(reply);
        Proceed(output);
    }

    /// <summary>From the greeting on to TLS, to AUTH, to readiness: whatever is due and not yet done.</summary>
    private void Proceed(IBufferWriter<byte> output)
    {
        if (!IsSecured && options.Tls != StartTlsUse.Never && Capabilities.StartTls && !_tlsRefused)
        {
            output.Write("STARTTLS\r\n"u8);
            Stage = SmtpStage.StartTls;
        }
        else if (!IsSecured && options.Tls == StartTlsUse.Always)
            Abort(new(451, new(4, 7, 4), "TLS is required, but the server does not offer it"));
        else if (options.Credentials is not null && !IsAuthenticated)
            SayAuth(output);
        else
            Stage = SmtpStage.Ready;
    }

    private void TakeStartTls(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsPositive)
        {
            _isHandshakeDue = true;
            return;
        }
        if (options.Tls == StartTlsUse.Always || reply.IsIntermediate)
        {
            Expect(reply);
            return;
        }
        _tlsRefused = true;
        Proceed(output);
    }

    private void SayAuth(IBufferWriter<byte> output)
    {
        var credentials = options.Credentials!;
        if (!IsSecured && options.Tls != StartTlsUse.Never)
        {
            Abort(new(451, new(4, 7, 4), "no TLS, and the password is not sent in the clear"));
            return;
        }
        Stage = SmtpStage.Auth;
        if (Capabilities.AuthMechanisms.Contains("PLAIN"))
        {
            _authStep = 2;
            output.Write("AUTH PLAIN "u8);
            output.Write(credentials.Plain());
        }
        else if (Capabilities.AuthMechanisms.Contains("LOGIN"))
        {
            _authStep = 0;
            output.Write("AUTH LOGIN"u8);
        }
        else
        {
            Abort(new(451, new(4, 7, 4), "authentication is configured, but the server offers no mechanism that we know"));
            return;
        }
        output.Write("\r\n"u8);
    }

    private void TakeAuth(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsIntermediate && _authStep < 2)
        {
            output.Write(_authStep++ == 0 ? options.Credentials!.LoginName() : options.Credentials!.LoginPassword());
            output.Write("\r\n"u8);
            return;
        }
        if (!Expect(reply)) return;
        IsAuthenticated = true;
        Stage = SmtpStage.Ready;
    }

    private void TakeReset(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (!Expect(reply)) return;
        Stage = SmtpStage.Mail;
        if (!_isPipelined) SmtpCommandWriter.Mail(output, _transaction!, Capabilities, IsAuthenticated);
    }

    private void TakeMail(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsIntermediate)
        {
            Abort(Unexpected(reply));
            return;
        }
        if (!reply.IsPositive)
        {
            _transaction!.Resolve(reply, SmtpStage.Mail);
            if (!_isPipelined)
            {
                End(needsReset: false);
                return;
            }
        }
        Stage = SmtpStage.Rcpt;
        if (!_isPipelined) SmtpCommandWriter.Rcpt(output, _transaction!.Recipients[0], Capabilities);
    }

    private void TakeRcpt(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsIntermediate)
        {
            Abort(Unexpected(reply));
            return;
        }
        var transaction = _transaction!;
        var recipient = transaction.Recipients[_rcpt++];
        if (!reply.IsPositive) recipient.Resolve(reply, SmtpStage.Rcpt);
        else if (recipient.Reply is null) transaction.Accepted++;

        if (_rcpt < transaction.Recipients.Length)
        {
            if (!_isPipelined) SmtpCommandWriter.Rcpt(output, transaction.Recipients[_rcpt], Capabilities);
        }
        else if (_isPipelined && Form == BodyForm.Data) Stage = SmtpStage.Data;
        else if (_isBodySent) Stage = SmtpStage.Final;
        else if (transaction.Accepted == 0) End(needsReset: true);
        else if (Form == BodyForm.Data)
        {
            output.Write("DATA\r\n"u8);
            Stage = SmtpStage.Data;
        }
        else
        {
            Stage = SmtpStage.Body;
            SayBdat(output);
        }
    }

    private void TakeData(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsPositive) Abort(Unexpected(reply));
        else if (!reply.IsIntermediate)
        {
            _transaction!.Resolve(reply, SmtpStage.Data);
            End(needsReset: true);
        }
        else if (_transaction!.Accepted > 0) (Stage, _isBodyDue) = (SmtpStage.Body, true);
        // RFC 2033 §4.2: it must refuse DATA then, for there would be no reply to the message
        else if (options.Lmtp) Abort(Unexpected(reply));
        else
        {
            // RFC 2920 §3.1: nobody was accepted, and still the server waits for a message: a lone dot ends that
            output.Write(".\r\n"u8);
            Stage = SmtpStage.Final;
        }
    }

    private void TakeFinal(SmtpReply reply)
    {
        if (reply.IsIntermediate)
        {
            Abort(Unexpected(reply));
            return;
        }
        // RFC 3030 §2: after a refused BDAT only RSET brings the server back to order
        _isRefused |= !reply.IsPositive;
        if (options.Lmtp && _transaction!.Accepted > 0)
        {
            // RFC 2033 §4.2: in the order of the RCPT commands that were accepted
            _transaction.Recipients.First(r => r.Reply is null).Resolve(reply, SmtpStage.Final);
            if (--_transaction.Accepted > 0) return;
        }
        else _transaction!.Resolve(reply, SmtpStage.Final);
        End(needsReset: Form == BodyForm.Chunk && _isRefused);
    }

    private void End(bool needsReset)
    {
        (_needsReset, _transaction, Stage) = (needsReset, null, SmtpStage.Ready);
        Transactions++;
    }

    private void SayHello(IBufferWriter<byte> output)
    {
        Stage = SmtpStage.Hello;
        SmtpCommandWriter.Line(output, options.Lmtp ? "LHLO "u8 : _saidHelo ? "HELO "u8 : "EHLO "u8, options.HostName);
    }

    private void SayBdat(IBufferWriter<byte> output)
    {
        SmtpCommandWriter.Bdat(output, _transaction!.Length);
        _isBodyDue = true;
    }

    private bool Expect(SmtpReply reply)
    {
        if (reply.IsPositive) return true;
        Abort(IsRefusal(reply) ? reply : Unexpected(reply));
        return false;
    }

    private static bool IsRefusal(SmtpReply reply) => reply.IsTransient || reply.IsPermanent;

    private SmtpReply Unexpected(SmtpReply reply) => new(451, new(4, 5, 0), $"unexpected reply at stage {Stage}: {reply}");
}

using System.Buffers;
using System.Text;
using Mta.Protocol.Sasl;
using Mta.Protocol.Text;

namespace Mta.Protocol.Smtp.Server;

// AUTH (RFC 4954). What is buffered behind a line of the exchange is read as the next one: no mechanism of ours puts a layer below SMTP, so
// nothing that came before changes its meaning, unlike with STARTTLS.
public sealed partial class SmtpServerSession
{
    private SaslExchange? _exchange;
    private SmtpReply? _refusal; // of a sign-in about which the mechanism still has something to say
    private string _accepted = "";
    private int _authFailures;
    private ChannelBinding? _binding;

    /// <summary>Clients may sign in here.</summary>
    public bool SignsIn => options.Auth is not null;

    /// <summary>Who the client has proved to be, or null.</summary>
    public string? AccountName { get; private set; }

    /// <summary>What the shell has to find out, at <see cref="SmtpEffect.Authenticate"/>.</summary>
    public SaslStep? PendingStep { get; private set; }

    /// <summary>Someone we know: it may use what serves our own users.</summary>
    private bool IsTrusted => trusted || AccountName is not null;

    /// <summary>What is offered now.</summary>
    private SaslMechanisms Mechanisms => options.Auth is not { } auth || (Tls is null && !auth.WithoutTls) ? SaslMechanisms.None
        : _binding is null ? auth.Mechanisms & ~SaslMechanisms.ScramSha256Plus : auth.Mechanisms;

    /// <summary>Completes <see cref="SmtpEffect.Authenticate"/>: the client may sign in to this account, if the mechanism has no more to say.</summary>
    public void SignInAccepted(string account, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.Authenticate);
        _accepted = account;
        Follow(_exchange!.Accepted(), output);
    }

    /// <summary>Completes <see cref="SmtpEffect.Authenticate"/> with a 5yz reply, or a 4yz one where nothing was judged.</summary>
    public void SignInRefused(SmtpReply reply, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.Authenticate);
        if (reply.IsPermanent && PendingStep is not SaslStep.FindKeys)
        {
            _refusal = reply;
            Follow(_exchange!.Refused(), output);
        }
        else EndExchange(reply, output);
    }

    /// <summary>Completes <see cref="SmtpEffect.Authenticate"/> where keys were asked for.</summary>
    public void KeysFound(ScramKeys keys, IBufferWriter<byte> output)
    {
        Complete(SmtpEffect.Authenticate);
        Follow(_exchange!.KeysFound(keys), output);
    }

    private void Authenticate(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (options.Auth is null)
        {
            Fail(output, SmtpServerReplies.NotImplemented);
            return;
        }
        // RFC 4954 §4: once in a session, not in a transaction, and, as any extension, after EHLO
        var refusal = AccountName is not null ? SmtpServerReplies.AuthenticatedAlready
            : _state == SmtpState.Connected || !IsExtended ? SmtpServerReplies.HelloFirst
            : _state != SmtpState.Greeted ? SmtpServerReplies.NestedMail
            : Mechanisms == SaslMechanisms.None ? SmtpServerReplies.EncryptionRequired
            : null;
        if (refusal is not null)
        {
            Fail(output, refusal);
            return;
        }
        int space = argument.IndexOf((byte)' ');
        var mechanism = SaslNames.Find(space < 0 ? argument : argument[..space]) & Mechanisms;
        if (mechanism == SaslMechanisms.None)
        {
            Fail(output, SmtpServerReplies.UnknownMechanism);
            return;
        }
        _exchange = SaslNames.Begin(mechanism, Mechanisms.HasFlag(SaslMechanisms.ScramSha256Plus) ? _binding : null);
        _mode = Mode.Exchange;
        Follow(_exchange.StartEncoded(space < 0 ? default : argument[space..].TrimStart((byte)' ')), output);
    }

    private void TakeResponse(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        if (line.SequenceEqual("*"u8)) EndExchange(SmtpServerReplies.AuthCancelled, output);
        else Follow(_exchange!.RespondEncoded(line), output);
    }

    private void Follow(SaslStep step, IBufferWriter<byte> output)
    {
        switch (step)
        {
            case SaslStep.Challenge challenge:
                output.Write("334 "u8);
                SaslBase64.Write(challenge.Octets.Span, output);
                output.Write("\r\n"u8);
                break;
            case SaslStep.Done:
                EndExchange(SmtpServerReplies.Authenticated, output);
                break;
            case SaslStep.Failed failed:
                EndExchange(failed.Reason == SaslFailure.Malformed ? SmtpServerReplies.BadResponse : _refusal ?? SmtpServerReplies.CredentialsInvalid, output);
                break;
            default:
                PendingStep = step;
                _effect = SmtpEffect.Authenticate;
                break;
        }
    }

    private void EndExchange(SmtpReply reply, IBufferWriter<byte> output)
    {
        (_exchange, _refusal, PendingStep, _mode) = (null, null, null, Mode.Command);
        if (reply.IsPositive)
        {
            AccountName = _accepted;
            // what one of our own may send, and it begins anew to make mistakes
            _decoder = new(options.BareNewlines, options.MaxTextLine);
            _errors = _junk = 0;
            Reply(output, reply);
        }
        else if (reply.Code is 535 or 454 && ++_authFailures >= options.Auth!.MaxFailures) Close(SmtpServerReplies.TooManySignIns, output);
        else if (reply.Code is 535 or 454) Reply(output, reply);
        else Fail(output, reply);
    }

    /// <summary>RFC 4954 §6: what a client that has not signed in gets for everything that needs it; RFC 3207 §4 where it has to start TLS before.</summary>
    private SmtpReply? RefuseStranger(SmtpVerb verb)
    {
        if (options.Auth is not { IsRequired: true } || AccountName is not null || verb is not (SmtpVerb.Mail or SmtpVerb.Vrfy or SmtpVerb.Expn)) return null;
        return Mechanisms == SaslMechanisms.None ? SmtpServerReplies.TlsFirst : SmtpServerReplies.AuthFirst;
    }

    /// <summary>RFC 4954 §5: whose message it is, only from who may say so. Others speak for nobody.</summary>
    private string? Submitter(string? auth) =>
        auth is null || (AccountName is null ? trusted : Xtext.Decode(auth) is { } who && who.Equals(AccountName, StringComparison.OrdinalIgnoreCase)) ? auth : "<>";

    private int LineLimit(ReadOnlySpan<byte> input)
    {
        if (options.Auth is null || options.MaxCommandLine >= SaslExchange.MaxLine) return options.MaxCommandLine;
        return _exchange is not null || BeginsWithAuth(input) ? SaslExchange.MaxLine : options.MaxCommandLine;
    }

    private bool BeginsWithAuth(ReadOnlySpan<byte> input) => _lines.BeginsWith("AUTH "u8, input);
}

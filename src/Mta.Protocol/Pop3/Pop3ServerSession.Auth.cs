using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Mta.Protocol.Sasl;

namespace Mta.Protocol.Pop3;

// AUTHORIZATION: USER and PASS (RFC 1939 §7), AUTH (RFC 5034). What is buffered behind a line of an exchange is read as the next one: no mechanism of ours
// puts a layer below POP3.
public sealed partial class Pop3ServerSession
{
    private SaslExchange? _exchange;
    private Pop3Refusal? _refusal; // of a sign-in about which the mechanism still has something to say
    private string? _user;
    private string _accepted = "";
    private int _failures;
    private ChannelBinding? _binding;

    /// <summary>Who the client has proved to be, or null.</summary>
    public string? AccountName { get; private set; }

    /// <summary>What the shell has to find out, at <see cref="Pop3Effect.Authenticate"/>.</summary>
    public SaslStep? PendingStep { get; private set; }

    /// <summary>What is offered now.</summary>
    private SaslMechanisms Mechanisms => Tls is null && !options.WithoutTls ? SaslMechanisms.None
        : _binding is null ? options.Mechanisms & ~SaslMechanisms.ScramSha256Plus : options.Mechanisms;

    private bool TakesPasswords => Mechanisms.HasFlag(SaslMechanisms.Plain);

    /// <summary>Completes <see cref="Pop3Effect.Authenticate"/>: the client may sign in to this account, if the mechanism has no more to say.</summary>
    public void SignInAccepted(string account, IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.Authenticate);
        _accepted = account;
        Follow(_exchange is null ? SaslStep.Done.Instance : _exchange.Accepted(), output);
    }

    /// <summary>Completes <see cref="Pop3Effect.Authenticate"/>: the client may not, or nothing could be judged.</summary>
    public void SignInRefused(Pop3Refusal refusal, IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.Authenticate);
        if (refusal == Pop3Refusal.Credentials && _exchange is not null && PendingStep is not SaslStep.FindKeys)
        {
            _refusal = refusal;
            Follow(_exchange.Refused(), output);
        }
        else Refuse(refusal, output);
    }

    /// <summary>Completes <see cref="Pop3Effect.Authenticate"/> where keys were asked for.</summary>
    public void KeysFound(ScramKeys keys, IBufferWriter<byte> output)
    {
        Complete(Pop3Effect.Authenticate);
        Follow(_exchange!.KeysFound(keys), output);
    }

    /// <summary>Whoever it is, the answer is the same: names are not told (RFC 1939 §13).</summary>
    private void User(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        if (RefusePassword(output)) return;
        if (name.ContainsAnyInRange((byte)0, (byte)31) || name.Contains((byte)127) || !Utf8.IsValid(name)) Fail(Pop3Replies.BadText, output);
        else
        {
            _user = Encoding.UTF8.GetString(name);
            output.Write(Pop3Replies.NameNoted);
        }
    }

    private void Pass(ReadOnlySpan<byte> password, IBufferWriter<byte> output)
    {
        if (RefusePassword(output)) return;
        if (_user is not { } user)
        {
            Fail(Pop3Replies.UserFirst, output);
            return;
        }
        _user = null; // RFC 1939 §7: PASS comes right after USER
        if (!Utf8.IsValid(password)) Fail(Pop3Replies.BadText, output);
        else Follow(new SaslStep.CheckPassword(user, Encoding.UTF8.GetString(password)), output);
    }

    private bool RefusePassword(IBufferWriter<byte> output)
    {
        if (TakesPasswords) return false;
        Fail(Mechanisms == SaslMechanisms.None && tlsAvailable ? Pop3Replies.TlsFirst : Pop3Replies.NotOffered, output);
        return true;
    }

    private void Authenticate(ReadOnlySpan<byte> argument, IBufferWriter<byte> output)
    {
        if (Mechanisms == SaslMechanisms.None)
        {
            Fail(tlsAvailable ? Pop3Replies.TlsFirst : Pop3Replies.NotOffered, output);
            return;
        }
        int space = argument.IndexOf((byte)' ');
        var mechanism = SaslNames.Find(space < 0 ? argument : argument[..space]) & Mechanisms;
        if (mechanism == SaslMechanisms.None)
        {
            Fail(Pop3Replies.UnknownMechanism, output);
            return;
        }
        _user = null;
        _exchange = SaslNames.Begin(mechanism, Mechanisms.HasFlag(SaslMechanisms.ScramSha256Plus) ? _binding : null);
        _mode = Mode.Exchange;
        Follow(_exchange.StartEncoded(space < 0 ? default : argument[space..].TrimStart((byte)' ')), output);
    }

    private void TakeResponse(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        // RFC 5034 §4: a single "*" gives the attempt up
        if (line is not [(byte)'*'])
        {
            Follow(_exchange!.RespondEncoded(line), output);
            return;
        }
        EndExchange();
        Fail(Pop3Replies.Cancelled, output);
    }

    private void Follow(SaslStep step, IBufferWriter<byte> output)
    {
        switch (step)
        {
            case SaslStep.Challenge challenge:
                output.Write("+ "u8);
                SaslBase64.Write(challenge.Octets.Span, output);
                output.Write("\r\n"u8);
                break;
            case SaslStep.Done:
                EndExchange();
                AccountName = _accepted;
                _effect = Pop3Effect.OpenMaildrop;
                break;
            case SaslStep.Failed { Reason: SaslFailure.Malformed }:
                EndExchange();
                Fail(Pop3Replies.BadResponse, output);
                break;
            case SaslStep.Failed:
                Refuse(_refusal ?? Pop3Refusal.Credentials, output);
                break;
            default:
                PendingStep = step;
                _effect = Pop3Effect.Authenticate;
                break;
        }
    }

    private void Refuse(Pop3Refusal refusal, IBufferWriter<byte> output)
    {
        EndExchange();
        if (++_failures >= options.MaxFailures) End(Pop3Replies.TooManyFailures, output);
        else Pop3ReplyWriter.Error(output, refusal);
    }

    private void EndExchange() => (_exchange, _refusal, PendingStep, _mode) = (null, null, null, Mode.Command);

    private bool BeginsWithAuth(ReadOnlySpan<byte> input) => _lines.BeginsWith("AUTH "u8, input);
}

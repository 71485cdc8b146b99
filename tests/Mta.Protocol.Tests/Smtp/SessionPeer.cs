using System.Buffers;
using System.Text;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;
using Mta.Protocol.Tests.Sasl;
using Mta.Testing;

namespace Mta.Protocol.Tests.Smtp;

/// <summary>A session without I/O behind a transcript, and the effects played by a shell that waits for nothing.</summary>
public sealed class SessionPeer : ITranscriptPeer
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly ChannelBinding Binding = new(ChannelBinding.ServerEndPoint, new byte[] { 1, 2, 3 });
    private static readonly ScramKeys Keys = SaslDialogue.Keys(SmtpScript.Password, [7, 7, 7], 100);

    private readonly SmtpServerSession _session;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Queue<StoredMessage> _stored = new();
    private readonly string? _spool;
    private ArrayBufferWriter<byte>? _body;
    private int _read;
    private bool _closed, _shaking;

    public SessionPeer(Transcript script)
        : this(SmtpScript.Options(script), !script.Options.ContainsKey("untrusted"), script.Options.ContainsKey("tls"), script.Options.GetValueOrDefault("spool"))
    {
    }

    public SessionPeer(SmtpServerOptions options, bool trusted, bool tls, string? spool)
    {
        _session = new(options, trusted, tls, new FixedClock());
        _spool = spool;
        _session.Start(_output);
    }

    /// <summary>Everything that was sent so far.</summary>
    public string Output => Encoding.Latin1.GetString(_output.WrittenSpan);

    public Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        Send(octets.Span);
        return Task.CompletedTask;
    }

    public void Send(ReadOnlySpan<byte> octets)
    {
        while (!_closed && !_shaking)
        {
            var effect = _session.Advance(octets, _output, out int consumed);
            octets = octets[consumed..];
            switch (effect)
            {
                case SmtpEffect.NeedInput:
                    Assert.True(octets.IsEmpty);
                    return;
                case SmtpEffect.VerifyRecipient:
                    if (SmtpScript.Refuse(_session.PendingRecipient!.Path.Domain) is { } refusal) _session.RecipientRefused(refusal, _output);
                    else _session.RecipientAccepted(_output);
                    break;
                case SmtpEffect.Authenticate:
                    Authenticate();
                    break;
                case SmtpEffect.OpenMessage when _spool == "full":
                    _session.MessageRefused(SmtpReply.Parse("452 4.3.1 out of space, try again later"), _output);
                    break;
                case SmtpEffect.OpenMessage:
                    Assert.Null(_body);
                    _body = new();
                    _session.MessageOpened(_body, _output);
                    break;
                case SmtpEffect.StoreMessage when _spool == "fails":
                    _body = null;
                    _session.MessageNotStored(SmtpReply.Parse("451 4.3.0 cannot store mail now, try again later"), _output);
                    break;
                case SmtpEffect.StoreMessage:
                    var transaction = _session.Transaction!;
                    string[] recipients = [.. transaction.Recipients.Select(r => r.Path.Address)];
                    _stored.Enqueue(new(transaction.ReversePath.Address, recipients, Encoding.Latin1.GetString(_body!.WrittenSpan)));
                    _body = null;
                    _session.MessageStored("QUEUEID", _output);
                    break;
                case SmtpEffect.DiscardMessage:
                    _body = null;
                    break;
                case SmtpEffect.StartTls:
                    _shaking = true;
                    break;
                case SmtpEffect.Close:
                    _closed = true;
                    break;
            }
        }
    }

    public Task<string?> ReadLineAsync()
    {
        string rest = Output[_read..];
        int end = rest.IndexOf("\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            Assert.True(_closed, "the server says nothing and does not close");
            return Task.FromResult<string?>(null);
        }
        _read += end + 2;
        return Task.FromResult<string?>(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(rest[..end])));
    }

    public Task StartTlsAsync()
    {
        Assert.True(_shaking, "no STARTTLS was accepted");
        _shaking = false;
        _session.TlsEstablished("TLSv1.3 TLS_AES_256_GCM_SHA384", Binding);
        return Task.CompletedTask;
    }

    public Task<StoredMessage> NextStoredAsync() => Task.FromResult(_stored.Dequeue());

    public Task<string> ReadRestAsync() => Task.FromResult(Output[_read..]);

    private void Authenticate()
    {
        switch (_session.PendingStep)
        {
            case SaslStep.CheckPassword(SmtpScript.BusyUser, _): _session.SignInRefused(SmtpServerReplies.SignInFailed, _output); break;
            case SaslStep.FindKeys: _session.KeysFound(Keys, _output); break;
            case SaslStep.CheckPassword(SmtpScript.User, SmtpScript.Password) or SaslStep.CheckToken(_, SmtpScript.Token) or SaslStep.SignIn(SmtpScript.User, true):
                _session.SignInAccepted("tim@client.example", _output);
                break;
            default: _session.SignInRefused(SmtpServerReplies.CredentialsInvalid, _output); break;
        }
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

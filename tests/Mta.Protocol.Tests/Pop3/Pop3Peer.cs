using System.Buffers;
using System.Text;
using Mta.Protocol.Pop3;
using Mta.Protocol.Sasl;
using Mta.Protocol.Tests.Sasl;
using Mta.Testing;

namespace Mta.Protocol.Tests.Pop3;

/// <summary>A POP3 session without I/O behind a transcript, and the effects played by a shell that waits for nothing.</summary>
public sealed class Pop3Peer : ITranscriptPeer
{
    public static readonly ChannelBinding Binding = new(ChannelBinding.ServerEndPoint, new byte[] { 1, 2, 3 });
    private static readonly ScramKeys Keys = SaslDialogue.Keys(Pop3Script.Password, [7, 7, 7], 100);

    private readonly Pop3ServerSession _session;
    private readonly Transcript _script;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly int _piece;
    private int _read;
    private bool _closed, _shaking;

    /// <param name="piece">Octets of a message that the shell hands over at a time.</param>
    public Pop3Peer(Transcript script, int piece = int.MaxValue)
    {
        (_script, _piece) = (script, piece);
        _session = new(Pop3Script.Options(script), script.Options.ContainsKey("tls"));
        _session.Start(_output);
    }

    /// <summary>Everything that was sent so far.</summary>
    public string Output => Encoding.Latin1.GetString(_output.WrittenSpan);

    /// <summary>What was removed for good, by UID.</summary>
    public List<uint> Removed { get; } = [];

    /// <summary>The removal fails.</summary>
    public bool Fails { get; init; }

    /// <summary>Octets that a single step has written at most.</summary>
    public int MostInOneStep { get; private set; }

    public Pop3ServerSession Session => _session;

    public Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        Send(octets.Span);
        return Task.CompletedTask;
    }

    public void Send(ReadOnlySpan<byte> octets)
    {
        while (!_closed && !_shaking)
        {
            int before = _output.WrittenCount;
            var effect = _session.Advance(octets, _output, out int consumed);
            MostInOneStep = Math.Max(MostInOneStep, _output.WrittenCount - before);
            octets = octets[consumed..];
            switch (effect)
            {
                case Pop3Effect.NeedInput:
                    Assert.True(octets.IsEmpty);
                    return;
                case Pop3Effect.Authenticate:
                    Authenticate();
                    break;
                case Pop3Effect.OpenMaildrop:
                    if (_session.AccountName == Pop3Script.InUseUser) _session.MaildropRefused(Pop3Refusal.InUse, _output);
                    else if (_session.AccountName == Pop3Script.BrokenUser) _session.MaildropRefused(Pop3Refusal.MaildropFailed, _output);
                    else _session.MaildropOpened(Pop3Script.UidValidity, Pop3Script.Messages(_script), _output);
                    break;
                case Pop3Effect.ReadMessage:
                    Read(_session.PendingMessage.Uid);
                    break;
                case Pop3Effect.Update when Fails:
                    _session.NotUpdated(_output);
                    break;
                case Pop3Effect.Update:
                    Removed.AddRange(_session.Deleted.Select(m => m.Uid));
                    _session.Updated(_output);
                    break;
                case Pop3Effect.StartTls:
                    _shaking = true;
                    break;
                case Pop3Effect.Close:
                    _closed = true;
                    break;
            }
        }
    }

    /// <summary>The same, cut into pieces of these lengths and the rest.</summary>
    public void Send(ReadOnlySpan<byte> octets, int[] cuts)
    {
        foreach (int cut in cuts)
        {
            int length = Math.Min(cut, octets.Length);
            Send(octets[..length]);
            octets = octets[length..];
        }
        Send(octets);
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
        return Task.FromResult<string?>(rest[..end]);
    }

    public Task StartTlsAsync()
    {
        Assert.True(_shaking, "no STLS was accepted");
        _shaking = false;
        _session.TlsEstablished("TLSv1.3 TLS_AES_256_GCM_SHA384", Binding);
        return Task.CompletedTask;
    }

    public Task<StoredMessage> NextStoredAsync() => throw new NotSupportedException();

    public Task<string> ReadRestAsync() => Task.FromResult(Output[_read..]);

    private void Read(uint uid)
    {
        if (uid == Pop3Script.Missing) _session.MessageMissing(_output);
        else if (uid == Pop3Script.Unreadable) _session.MessageFailed(_output);
        else
        {
            _session.MessageFound(_output);
            var text = Pop3Script.Text(uid).AsSpan();
            while (!text.IsEmpty)
            {
                int length = Math.Min(_piece, text.Length);
                if (!_session.MessageText(text[..length], _output)) break;
                text = text[length..];
            }
            _session.MessageEnded(_output);
        }
    }

    private void Authenticate()
    {
        switch (_session.PendingStep)
        {
            case SaslStep.CheckPassword(Pop3Script.BusyUser, _): _session.SignInRefused(Pop3Refusal.CannotJudge, _output); break;
            case SaslStep.CheckPassword(Pop3Script.LockedUser, _): _session.SignInRefused(Pop3Refusal.Locked, _output); break;
            case SaslStep.FindKeys: _session.KeysFound(Keys, _output); break;
            case SaslStep.CheckPassword(var name and (Pop3Script.User or Pop3Script.InUseUser or Pop3Script.BrokenUser), Pop3Script.Password): _session.SignInAccepted(name, _output); break;
            case SaslStep.CheckToken(_, Pop3Script.Token) or SaslStep.SignIn(Pop3Script.User, true): _session.SignInAccepted(Pop3Script.User, _output); break;
            default: _session.SignInRefused(Pop3Refusal.Credentials, _output); break;
        }
    }
}
